// PruningPlan: what goes, and why. A value that can be printed and read before it is applied.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "converters/pruning/group_decision.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// One input channel of a layer that goes although it is a constant other than zero.
struct FoldedInput {
  std::int64_t channel = 0;  ///< of the layer's input, before
  double constant = 0.0;
};

/// Where the constants of a layer's removed inputs go: into its bias, or, where it pads with zeros,
/// into the weights of a kept input channel that is constant itself. A grouped convolution has a
/// folding for each of its slices of input channels.
struct Folding {
  NodeId layer = -1;
  std::vector<FoldedInput> removed;
  std::optional<FoldedInput> carrier;  ///< the kept channel; none: the bias
};

struct PruningPlan {
  ChannelDecisions decisions;
  std::vector<Folding> foldings;

  bool changes_anything() const;
};

/// What a plan leaves alone.
struct PlanLimits {
  std::set<std::string> fixed = {};  ///< groups that lose no channel
  /// Whether every group keeps a channel, and so many that there are the same groups afterwards: a
  /// depthwise convolution of one channel is an ordinary one, and one channel beside one that is
  /// repeated for all is coupled with it, so that these keep two.
  bool keeps_structure = false;
};

/// Plans the removal of every channel that the analysis finds removable: constant or unused
/// wherever it is, with constants folded exactly (see compact.h). No activation loses its last
/// channel. `channels` are those of the graph.
PruningPlan plan_pruning(const Graph& graph, Channels channels, const Analysis& analysis,
                         const PlanLimits& limits = {});

}  // namespace ockham::converters
