// PruningPlan: what goes, and why. A value that can be printed and read before it is applied.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "converters/channels/channel_facts.h"
#include "converters/channels/channel_groups.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// The decision for one group of channels.
struct GroupDecision {
  ChannelGroup group;
  std::vector<std::int64_t> keep;  ///< kept channels, ascending; never empty
  /// Those of `keep` that are kept only for a zero-padded convolution that reads a constant: it
  /// would see zeros at the border where a bias stays. One channel carries the constants of all
  /// others.
  std::vector<std::int64_t> carriers;
};

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

/// One convolution or linear layer before and after, and why.
struct LayerPlan {
  NodeId node = -1;  ///< of the network that the plan is for; -1: the layer vanished before
  std::string name;
  std::string op;
  std::int64_t inputs_before = 0,
               inputs_after = 0;                   ///< channels, or single inputs of a linear layer
  std::int64_t width_before = 0, width_after = 0;  ///< filters or neurons
  std::int64_t macs_before = 0, macs_after = 0;
  std::int64_t params_before = 0, params_after = 0;
  std::string reason;

  bool has_vanished() const { return node < 0; }
};

struct PruningPlan {
  std::vector<GroupDecision> decisions;  ///< one per channel group, in the order of channel_groups
  std::vector<Folding> foldings;
  std::vector<LayerPlan> layers;

  bool changes_anything() const;
  /// Operations and parameters of all layers.
  LayerPlan total() const;
  /// A table for people.
  std::string text() const;
};

/// What a plan leaves alone.
struct PlanLimits {
  std::set<std::string> fixed = {};  ///< groups that lose no channel
  /// Whether two channels stay where one would make other groups of channels: a depthwise
  /// convolution of one channel is an ordinary one, and one channel beside one that is repeated for
  /// all is coupled with it.
  bool keeps_structure = false;
};

/// Plans the removal of every channel that the analysis finds removable: constant or unused in the
/// whole group, with constants folded exactly (see compact.h). A group never loses its last
/// channel.
PruningPlan plan_pruning(const Graph& graph, const Analysis& analysis,
                         const PlanLimits& limits = {});

}  // namespace ockham::converters
