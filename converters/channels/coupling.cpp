#include "converters/channels/coupling.h"

#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

/// The first producing node, or what the network is given. A value may have the name of another
/// group's node.
void name_groups(const Graph& graph, std::vector<ChannelGroup>& groups) {
  std::set<std::string> nodes;
  for (ChannelGroup& group : groups) {
    if (!group.producers.empty()) {
      group.name = graph.node(group.producers.front().node).name;
    } else if (!group.selectors.empty()) {
      group.name = graph.node(group.selectors.front()).name;
    }
    nodes.insert(group.name);
  }
  for (ChannelGroup& group : groups) {
    if (!group.name.empty()) continue;
    std::string name = graph.value(group.values.front().value).name;
    while (!nodes.insert(name).second) name += ".value";
    group.name = std::move(name);
  }
}

}  // namespace

Coupling::Coupling(const Graph& graph)
    : graph_(graph),
      parent_(graph.values.size()),
      width_(graph.values.size()),
      why_not_(graph.values.size()) {
  std::iota(parent_.begin(), parent_.end(), 0);
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    width_[i] = channel_count(graph.values[i].shape);
  }
}

ValueId Coupling::root(ValueId value) {
  while (parent_[index(value)] != value) {
    parent_[index(value)] = parent_[index(parent_[index(value)])];
    value = parent_[index(value)];
  }
  return value;
}

void Coupling::join(ValueId a, ValueId b) {
  const ValueId first = root(a), second = root(b);
  if (first == second) return;
  parent_[index(second)] = first;
  width_[index(first)] = std::gcd(width_[index(first)], width_[index(second)]);
  if (why_not_[index(first)].empty()) why_not_[index(first)] = why_not_[index(second)];
}

void Coupling::produces(NodeId node, std::size_t input) {
  add_axis(Role::kProducer, graph_.node(node).outputs[0], node, input, 0);
}

void Coupling::carries(NodeId node, std::size_t input) {
  add_axis(Role::kCarrier, graph_.node(node).outputs[0], node, input, 0);
}

void Coupling::consumes(NodeId node, std::size_t input) {
  add_axis(Role::kConsumer, graph_.node(node).inputs[0], node, input, 1);
  const auto* conv = std::get_if<Conv2d>(&graph_.node(node).op);
  if (conv != nullptr) axes_.back().axis.slices = conv->groups;
}

void Coupling::add_axis(Role role, ValueId value, NodeId node, std::size_t input, int axis) {
  if (input >= graph_.node(node).inputs.size()) return;  // a bias that is left off
  const ValueId constant = graph_.node(node).inputs[input];
  axes_.push_back({role, value, {.node = node, .constant = constant, .axis = axis}});
}

void Coupling::selects(NodeId node) { gathers_.push_back(node); }

void Coupling::fix(ValueId value, const std::string& why) {
  std::string& reason = why_not_[index(root(value))];
  if (reason.empty()) reason = why;
}

void Coupling::fix_shared_constants() {
  std::map<ValueId, NodeId> reader;
  for (const Axis& axis : axes_) {
    const auto [seen, first] = reader.emplace(axis.axis.constant, axis.axis.node);
    if (first || seen->second == axis.axis.node) continue;
    const std::string why = "'" + graph_.value(axis.axis.constant).name + "' is shared by " +
                            graph_.node(seen->second).name + " and " +
                            graph_.node(axis.axis.node).name;
    for (const Axis& sharing : axes_) {
      if (sharing.axis.constant == axis.axis.constant) fix(sharing.value, why);
    }
  }
}

std::vector<ChannelGroup> Coupling::groups() {
  fix_shared_constants();
  std::vector<ChannelGroup> groups;
  std::vector<int> group_of_root(parent_.size(), -1);
  add_values(groups, group_of_root);
  add_axes(groups, group_of_root);
  add_gathers(groups, group_of_root);
  name_groups(graph_, groups);
  return groups;
}

void Coupling::add_values(std::vector<ChannelGroup>& groups, std::vector<int>& group_of_root) {
  for (ValueId value = 0; index(value) < parent_.size(); ++value) {
    if (graph_.value(value).is_constant) continue;
    const std::size_t at = index(root(value));
    if (group_of_root[at] < 0) {
      group_of_root[at] = static_cast<int>(groups.size());
      groups.push_back(
          {.width = width_[at], .removable = why_not_[at].empty(), .why_not = why_not_[at]});
    }
    const std::int64_t block = channel_count(graph_.value(value).shape) / width_[at];
    groups[static_cast<std::size_t>(group_of_root[at])].values.push_back({value, block});
  }
}

void Coupling::add_axes(std::vector<ChannelGroup>& groups, const std::vector<int>& group_of_root) {
  for (Axis& axis : axes_) {
    ChannelGroup& group = groups[static_cast<std::size_t>(group_of_root[index(root(axis.value))])];
    const std::int64_t extent = graph_.value(axis.axis.constant).shape[axis.axis.axis];
    axis.axis.block = extent * axis.axis.slices / group.width;
    switch (axis.role) {
      case Role::kProducer:
        group.producers.push_back(axis.axis);
        break;
      case Role::kCarrier:
        group.carriers.push_back(axis.axis);
        break;
      case Role::kConsumer:
        group.consumers.push_back(axis.axis);
        break;
    }
  }
}

void Coupling::add_gathers(std::vector<ChannelGroup>& groups,
                           const std::vector<int>& group_of_root) {
  const auto group_of = [&](ValueId value) -> ChannelGroup& {
    return groups[static_cast<std::size_t>(group_of_root[index(root(value))])];
  };
  for (const NodeId id : gathers_) {
    const Node& node = graph_.node(id);
    group_of(node.outputs[0]).selectors.push_back(id);
    ChannelGroup& read = group_of(node.inputs[0]);
    read.gathers.push_back({id, channel_count(graph_.value(node.inputs[0]).shape) / read.width});
  }
}

}  // namespace ockham::converters
