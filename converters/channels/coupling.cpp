#include "converters/channels/coupling.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "converters/channels/convolutions.h"

namespace ockham::converters {
namespace {

std::size_t index(std::int64_t id) { return static_cast<std::size_t>(id); }

/// Makes groups of united channels (numbered by value and channel of the value): in one group are
/// those that are in the same activations, equally often.
class Grouping {
 public:
  Grouping(const Graph& graph, const std::vector<std::vector<std::int64_t>>& united)
      : of_value_(united.size()) {
    find_groups(united);
    for (std::size_t value = 0; value < united.size(); ++value) {
      if (!graph.values[value].is_constant) add_value(static_cast<ValueId>(value), united[value]);
    }
  }

  std::vector<ChannelGroup>& groups() { return groups_; }
  std::vector<ChannelsOfValue>& of_value() { return of_value_; }

 private:
  using Occurrences = std::vector<std::pair<std::size_t, std::int64_t>>;  ///< value, how often

  void find_groups(const std::vector<std::vector<std::int64_t>>& united) {
    std::vector<Occurrences> occurrences;
    for (std::size_t value = 0; value < united.size(); ++value) {
      for (const std::int64_t channel : united[value]) {
        if (channel == std::ssize(occurrences)) occurrences.emplace_back();
        Occurrences& found = occurrences[index(channel)];
        if (found.empty() || found.back().first != value) found.emplace_back(value, 0);
        ++found.back().second;
      }
    }
    std::map<Occurrences, int> known;
    for (const Occurrences& found : occurrences) {
      const auto [at, is_new] = known.emplace(found, static_cast<int>(groups_.size()));
      if (is_new) groups_.push_back({.number = at->second, .removable = true});
      ids_.push_back({at->second, groups_[index(at->second)].width++});
    }
  }

  void add_value(ValueId value, const std::vector<std::int64_t>& united) {
    ChannelsOfValue& channels = of_value_[index(value)];
    for (const std::int64_t channel : united) channels.ids.push_back(ids_[index(channel)]);
    for (const ChannelId& id : channels.ids) {
      std::vector<CarriedValue>& values = groups_[index(id.group)].values;
      if (!values.empty() && values.back().value == value) continue;
      values.push_back({.value = value});
      channels.groups.push_back(id.group);
    }
    std::vector<std::int64_t> by_channel(united.size());
    std::iota(by_channel.begin(), by_channel.end(), 0);
    std::ranges::stable_sort(by_channel, {}, [&](std::int64_t i) { return united[index(i)]; });
    for (const std::int64_t i : by_channel) {
      groups_[index(channels.ids[index(i)].group)].values.back().indices.push_back(i);
    }
    for (const int number : channels.groups) {
      ChannelGroup& group = groups_[index(number)];
      group.values.back().block = std::ssize(group.values.back().indices) / group.width;
    }
  }

  std::vector<ChannelId> ids_;  ///< of each united channel
  std::vector<ChannelGroup> groups_;
  std::vector<ChannelsOfValue> of_value_;
};

/// The nodes that make the group's channels: layers, then Gathers.
std::vector<NodeId> makers(const ChannelGroup& group) {
  std::vector<NodeId> nodes;
  for (const WeightAxis& axis : group.producers) nodes.push_back(axis.node);
  nodes.insert(nodes.end(), group.selectors.begin(), group.selectors.end());
  return nodes;
}

/// The name with as many suffixes as it takes to be a new one.
std::string made_new(std::string name, const std::string& suffix, std::set<std::string>& known) {
  while (!known.insert(name).second) name += suffix;
  return name;
}

/// The first node that makes channels of this group alone. Where all make channels of others too
/// (they are added to what a concat made), the first that has not named another.
std::string name_by_maker(const Graph& graph, const ChannelGroup& group,
                          const std::vector<ChannelsOfValue>& of_value,
                          std::set<std::string>& known) {
  const std::vector<NodeId> nodes = makers(group);
  auto found = std::ranges::find_if(nodes, [&](NodeId id) {
    return of_value[index(graph.node(id).outputs[0])].groups.size() == 1;
  });
  if (found == nodes.end()) {
    found = std::ranges::find_if(nodes,
                                 [&](NodeId id) { return !known.contains(graph.node(id).name); });
  }
  return made_new(graph.node(found == nodes.end() ? nodes.front() : *found).name, ".part", known);
}

/// By a node that makes the channels, or by what the network is given. A value may have the name of
/// another group's node.
void name_groups(const Graph& graph, const std::vector<ChannelsOfValue>& of_value,
                 std::vector<ChannelGroup>& groups) {
  std::set<std::string> known;
  for (ChannelGroup& group : groups) {
    if (!makers(group).empty()) group.name = name_by_maker(graph, group, of_value, known);
  }
  for (ChannelGroup& group : groups) {
    if (!group.name.empty()) continue;
    group.name = made_new(graph.value(group.values.front().value).name, ".value", known);
  }
}

}  // namespace

Coupling::Coupling(const Graph& graph) : graph_(graph), first_(graph.values.size() + 1, 0) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    first_[i + 1] = first_[i] + (value.is_constant ? 0 : channel_count(value.shape));
  }
  parent_.resize(index(first_.back()));
  std::iota(parent_.begin(), parent_.end(), 0);
}

std::int64_t Coupling::width(ValueId value) const {
  return first_[index(value) + 1] - first_[index(value)];
}

std::int64_t Coupling::root(std::int64_t element) {
  while (parent_[index(element)] != element) {
    parent_[index(element)] = parent_[index(parent_[index(element)])];
    element = parent_[index(element)];
  }
  return element;
}

void Coupling::unite(std::int64_t a, std::int64_t b) {
  const std::int64_t first = root(a), second = root(b);
  parent_[index(std::max(first, second))] = std::min(first, second);
}

void Coupling::couple(ValueId a, ValueId b) {
  const std::int64_t count = std::max(width(a), width(b));
  for (std::int64_t i = 0; i < count; ++i) {
    unite(first_[index(a)] + i * width(a) / count, first_[index(b)] + i * width(b) / count);
  }
}

void Coupling::couple_part(ValueId whole, std::int64_t first, ValueId part) {
  for (std::int64_t i = 0; i < width(part); ++i) {
    unite(first_[index(whole)] + first + i, first_[index(part)] + i);
  }
}

void Coupling::produces(NodeId node, std::size_t input) {
  add_axis(&ChannelGroup::producers, graph_.node(node).outputs[0], node, input, 0);
}

void Coupling::applies(NodeId node, std::size_t input) {
  add_axis(&ChannelGroup::channelwise, graph_.node(node).outputs[0], node, input, 0);
}

void Coupling::consumes(NodeId node, std::size_t input) {
  add_axis(&ChannelGroup::consumers, graph_.node(node).inputs[0], node, input, 1);
  const auto* conv = std::get_if<Conv2d>(&graph_.node(node).op);
  if (conv != nullptr) axes_.back().axis.slices = conv->groups;
}

void Coupling::add_axis(Role role, ValueId value, NodeId node, std::size_t input, int axis) {
  if (input >= graph_.node(node).inputs.size()) return;  // a bias that is left off
  const ValueId constant = graph_.node(node).inputs[input];
  axes_.push_back(
      {role, {.node = node, .constant = constant, .axis = axis, .value = value, .slices = 1}});
}

void Coupling::selects(NodeId node) { gathers_.push_back(node); }

void Coupling::fix(ValueId value, std::string why) { fixed_.emplace_back(value, std::move(why)); }

void Coupling::fix_shared_constants() {
  std::map<ValueId, NodeId> reader;
  for (const Axis& axis : axes_) {
    const auto [seen, first] = reader.emplace(axis.axis.constant, axis.axis.node);
    if (first || seen->second == axis.axis.node) continue;
    const std::string why = "'" + graph_.value(axis.axis.constant).name + "' is shared by " +
                            graph_.node(seen->second).name + " and " +
                            graph_.node(axis.axis.node).name;
    for (const Axis& sharing : axes_) {
      if (sharing.axis.constant == axis.axis.constant) fix(sharing.axis.value, why);
    }
  }
}

/// The number of each channel of each activation, from 0 on in the order in which they first occur.
std::vector<std::vector<std::int64_t>> Coupling::united_channels() {
  std::vector<std::vector<std::int64_t>> united(graph_.values.size());
  std::vector<std::int64_t> number(parent_.size(), -1);
  std::int64_t count = 0;
  for (std::size_t value = 0; value < united.size(); ++value) {
    for (std::int64_t element = first_[value]; element < first_[value + 1]; ++element) {
      std::int64_t& found = number[index(root(element))];
      if (found < 0) found = count++;
      united[value].push_back(found);
    }
  }
  return united;
}

ChannelStructure Coupling::structure() {
  fix_shared_constants();
  Grouping grouping(graph_, united_channels());
  std::vector<ChannelGroup>& groups = grouping.groups();
  const auto for_each_group = [&](ValueId value, const auto& visit) {
    for (const int g : grouping.of_value()[index(value)].groups) visit(groups[index(g)]);
  };
  for (const auto& [value, why] : fixed_) {
    for_each_group(value, [&why = why](ChannelGroup& group) {
      if (std::exchange(group.removable, false)) group.why_not = why;
    });
  }
  std::vector<WeightAxis> axes;
  for (const auto& [role, axis] : axes_) {
    axes.push_back(axis);
    for_each_group(axis.value, [&role = role, &axis = axis](ChannelGroup& group) {
      (group.*role).push_back(axis);
    });
  }
  for (const NodeId id : gathers_) {
    const Node& node = graph_.node(id);
    for_each_group(node.outputs[0], [&](ChannelGroup& group) { group.selectors.push_back(id); });
    for_each_group(node.inputs[0], [&](ChannelGroup& group) { group.gathers.push_back(id); });
  }
  name_groups(graph_, grouping.of_value(), groups);
  return {std::move(groups), std::move(axes), std::move(grouping.of_value())};
}

}  // namespace ockham::converters
