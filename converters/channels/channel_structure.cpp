#include "converters/channels/channel_structure.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "converters/channels/channel_rules.h"
#include "converters/channels/coupling.h"

namespace ockham::converters {
namespace {

/// How many of the channels from `begin` on are one and the same.
std::int64_t block_at(const std::vector<ChannelId>& channels, std::size_t begin) {
  std::size_t end = begin;
  while (end < channels.size() && channels[end] == channels[begin]) ++end;
  return static_cast<std::int64_t>(end - begin);
}

/// The longest run that begins there.
ChannelRun run_at(const std::vector<ChannelId>& channels, std::size_t begin) {
  const ChannelId first = channels[begin];
  ChannelRun run{first.group, first.channel, 1, block_at(channels, begin)};
  for (std::size_t i = begin + static_cast<std::size_t>(run.block); i < channels.size();
       i += static_cast<std::size_t>(run.block)) {
    const ChannelId next{first.group, first.channel + run.count};
    if (channels[i] != next || block_at(channels, i) != run.block) break;
    ++run.count;
  }
  return run;
}

}  // namespace

const CarriedValue* ChannelGroup::find(ValueId value) const {
  const auto found = std::ranges::lower_bound(values, value, {}, &CarriedValue::value);
  return found != values.end() && found->value == value ? &*found : nullptr;
}

const CarriedValue& ChannelGroup::in(ValueId value) const {
  const CarriedValue* found = find(value);
  if (found == nullptr) throw std::logic_error("no channels of " + name + " in this value");
  return *found;
}

ChannelStructure::ChannelStructure(std::vector<ChannelGroup> groups, std::vector<WeightAxis> axes,
                                   std::vector<ChannelsOfValue> of_value)
    : groups_(std::move(groups)), axes_(std::move(axes)), of_value_(std::move(of_value)) {}

const ChannelGroup* ChannelStructure::find(const std::string& name) const {
  const auto found = std::ranges::find(groups_, name, &ChannelGroup::name);
  return found == groups_.end() ? nullptr : &*found;
}

std::vector<ChannelRun> ChannelStructure::runs_of(ValueId value) const {
  const std::vector<ChannelId>& channels = of(value).ids;
  std::vector<ChannelRun> runs;
  for (std::size_t i = 0; i < channels.size();) {
    runs.push_back(run_at(channels, i));
    i += static_cast<std::size_t>(runs.back().length());
  }
  return runs;
}

Channels channel_structure(const Graph& graph) {
  Coupling coupling(graph);
  for (const ValueId id : graph.outputs) coupling.fix(id, "output of the network");
  for (const ValueId id : graph.inputs) coupling.fix(id, "input of the network");
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    std::visit([&](const auto& op) { couple(op, graph, static_cast<NodeId>(i), coupling); },
               graph.nodes[i].op);
  }
  return std::make_shared<const ChannelStructure>(coupling.structure());
}

}  // namespace ockham::converters
