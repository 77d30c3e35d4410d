#include "training/trainer/removable_groups.h"

#include <algorithm>

#include "converters/channels/joined_groups.h"

namespace ockham::training {
namespace {

using converters::ChannelGroup;

/// Whether something is divided by channels of the group: without one it would be divided by zero.
bool is_divided_by(const Graph& graph, const ChannelGroup& group) {
  return std::ranges::any_of(group.values, [&](const converters::CarriedValue& carried) {
    return is_divisor(graph, carried.value);
  });
}

bool carries(const ChannelGroup& group, ValueId value) {
  return std::ranges::find(group.values, value, &converters::CarriedValue::value) !=
         group.values.end();
}

/// What the concats of a network mean for the groups beside them.
class Concats {
 public:
  explicit Concats(const Graph& graph) : joined_(converters::joined_groups(graph)) {
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
      const auto* concat = std::get_if<Concat>(&node->op);
      if (concat == nullptr || concat->axis != 1) continue;
      concats_.push_back({&*node, follows(graph, *node)});
    }
  }

  /// Whether a concat makes the group's channels: they go when those of its inputs do, and have no
  /// relevance of their own.
  bool makes(const ChannelGroup& group) const {
    return std::ranges::any_of(
        concats_, [&](const Join& concat) { return carries(group, concat.node->outputs[0]); });
  }

  /// Whether every concat that reads the group's channels lets them go.
  bool let_go(const ChannelGroup& group) const {
    return std::ranges::all_of(concats_, [&](const Join& concat) {
      return concat.follows || std::ranges::none_of(concat.node->inputs, [&](ValueId input) {
               return carries(group, input);
             });
    });
  }

  bool joins(const ChannelGroup& group) const {
    return std::ranges::any_of(joined_, [&](const converters::JoinedGroup& joined) {
      return joined.has_part(group.name);
    });
  }

 private:
  struct Join {
    const Node* node;
    bool follows;  ///< its output's channels may go with those of its inputs
  };

  /// Of a concat all of whose readers are known already.
  bool follows(const Graph& graph, const Node& node) const {
    const auto made = std::ranges::find_if(joined_, [&](const converters::JoinedGroup& joined) {
      return carries(joined.group, node.outputs[0]);
    });
    return made != joined_.end() && made->group.removable && !is_divided_by(graph, made->group) &&
           let_go(made->group);
  }

  std::vector<converters::JoinedGroup> joined_;
  std::vector<Join> concats_;  ///< the last of the network first
};

bool is_made_by_layers(const ChannelGroup& group) {
  return !group.producers.empty() || !group.selectors.empty();
}

bool is_read_by_layers(const ChannelGroup& group) {
  return !group.consumers.empty() || !group.gathers.empty();
}

}  // namespace

bool is_divisor(const Graph& graph, ValueId value) {
  return std::ranges::any_of(graph.nodes, [&](const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    return binary != nullptr && binary->kind == BinaryKind::kDiv && node.inputs[1] == value;
  });
}

std::vector<ChannelGroup> removable_groups(const Graph& graph) {
  std::vector<ChannelGroup> groups = converters::channel_groups(graph);
  const Concats concats(graph);
  std::erase_if(groups, [&](const ChannelGroup& group) {
    const bool is_read = is_read_by_layers(group) || concats.joins(group);
    return !group.removable || !is_made_by_layers(group) || !is_read ||
           is_divided_by(graph, group) || concats.makes(group) || !concats.let_go(group);
  });
  return groups;
}

}  // namespace ockham::training
