// What a plan does to each layer, and why: for people, once the plan is applied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "converters/pruning/pruning_plan.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// One convolution or linear layer before and after, and why.
struct LayerPlan {
  NodeId node = -1;  ///< of the network that the plan is for; -1: the layer eliminated before
  std::string name;
  std::string op;
  std::int64_t inputs_before = 0,
               inputs_after = 0;                   ///< channels, or single inputs of a linear layer
  std::int64_t width_before = 0, width_after = 0;  ///< filters or neurons
  std::int64_t macs_before = 0, macs_after = 0;
  std::int64_t params_before = 0, params_after = 0;
  std::string reason;

  bool is_eliminated() const { return node < 0; }
};

/// All layers, in the order of the network.
struct Explanation {
  std::vector<LayerPlan> layers;

  /// Operations and parameters of all layers.
  LayerPlan total() const;
  /// A table for people.
  std::string text() const;
};

/// `graph`, for which the plan is, beside `after`, which the plan was applied to (compact.h):
/// widths and costs are read off both, so that nothing else can be promised.
Explanation explain(const Graph& graph, const Analysis& analysis, const PruningPlan& plan,
                    const Graph& after);

}  // namespace ockham::converters
