#include "converters/pruning/plan_json.h"

#include <nlohmann/json.hpp>

#include "converters/pruning/graph_edits.h"
#include "converters/pruning/group_decision.h"

namespace ockham::converters {
namespace {

using Json = nlohmann::ordered_json;

Json change(std::int64_t before, std::int64_t after) {
  return {{"before", before}, {"after", after}};
}

Json total_json(const Explanation& explanation) {
  const LayerPlan sum = explanation.total();
  return {{"macs", change(sum.macs_before, sum.macs_after)},
          {"params", change(sum.params_before, sum.params_after)}};
}

Json layer_json(const Graph& graph, const PruningPlan& plan, const LayerPlan& layer) {
  Json json = {{"name", layer.name},
               {"op", layer.op},
               {"inputs", change(layer.inputs_before, layer.inputs_after)},
               {"width", change(layer.width_before, layer.width_after)},
               {"macs", change(layer.macs_before, layer.macs_after)},
               {"params", change(layer.params_before, layer.params_after)},
               {"reason", layer.reason}};
  if (layer.is_eliminated()) {
    json["group"] = nullptr;
    json["groups"] = Json::array();
    json["removed_inputs"] = all_indices(layer.inputs_before);
    json["removed_filters"] = all_indices(layer.width_before);
    return json;
  }
  const Node& node = graph.node(layer.node);
  json["groups"] = Json::array();
  for (const int group : plan.decisions.channels->of(node.outputs[0]).groups) {
    json["groups"].push_back(plan.decisions.group(static_cast<std::size_t>(group)).name);
  }
  json["group"] = json["groups"].front();
  json["removed_inputs"] = plan.decisions.removed(node.inputs[0]);
  json["removed_filters"] = plan.decisions.removed(node.outputs[0]);
  return json;
}

/// {"block", "first"}, and "indices" where the channels are not side by side from `first` on.
void add_places(Json& json, const CarriedValue& places) {
  const std::int64_t first = places.indices.front();
  json["block"] = places.block;
  json["first"] = first;
  for (std::size_t i = 0; i < places.indices.size(); ++i) {
    if (places.indices[i] == first + static_cast<std::int64_t>(i)) continue;
    json["indices"] = places.indices;
    return;
  }
}

Json axes_json(const Graph& graph, const ChannelGroup& group, const std::vector<WeightAxis>& axes) {
  Json json = Json::array();
  for (const WeightAxis& axis : axes) {
    json.push_back({{"node", graph.node(axis.node).name},
                    {"constant", graph.value(axis.constant).name},
                    {"axis", axis.axis}});
    add_places(json.back(), group.in(axis.value));
    json.back()["slices"] = axis.slices;
  }
  return json;
}

Json members_json(const Graph& graph, const ChannelGroup& group) {
  Json selectors = Json::array(), gathers = Json::array(), values = Json::array();
  for (const NodeId id : group.selectors) selectors.push_back(graph.node(id).name);
  for (const NodeId id : group.gathers) {
    gathers.push_back({{"node", graph.node(id).name}});
    add_places(gathers.back(), group.in(graph.node(id).inputs[0]));
  }
  for (const CarriedValue& carried : group.values) {
    const Value& value = graph.value(carried.value);
    values.push_back({{"name", value.name}, {"shape", value.shape.text()}});
    add_places(values.back(), carried);
  }
  const Json channelwise = axes_json(graph, group, group.channelwise);
  return {{"producers", axes_json(graph, group, group.producers)},
          {"channelwise", channelwise},
          {"carriers", channelwise},
          {"consumers", axes_json(graph, group, group.consumers)},
          {"selectors", selectors},
          {"gathers", gathers},
          {"values", values}};
}

Json group_json(const Graph& graph, const ChannelGroup& group, const GroupDecision& decision) {
  return {{"name", group.name},
          {"width", group.width},
          {"keep", decision.keep},
          {"removed", channels_but(decision.keep, group.width)},
          {"carriers", decision.carriers},
          {"removable", group.removable},
          {"why_not", group.why_not},
          {"members", members_json(graph, group)}};
}

Json folding_json(const Graph& graph, const Folding& folding) {
  Json constants = Json::array();
  for (const FoldedInput& input : folding.removed) {
    constants.push_back({{"channel", input.channel}, {"constant", input.constant}});
  }
  const std::string into =
      folding.carrier ? "input channel " + std::to_string(folding.carrier->channel) : "bias";
  return {{"layer", graph.node(folding.layer).name}, {"into", into}, {"constants", constants}};
}

}  // namespace

std::string plan_json(const Graph& graph, const PruningPlan& plan, const Explanation& explanation) {
  Json json = {{"total", total_json(explanation)},
               {"layers", Json::array()},
               {"groups", Json::array()},
               {"foldings", Json::array()}};
  for (const LayerPlan& layer : explanation.layers) {
    json["layers"].push_back(layer_json(graph, plan, layer));
  }
  for (std::size_t g = 0; g < plan.decisions.groups.size(); ++g) {
    json["groups"].push_back(group_json(graph, plan.decisions.group(g), plan.decisions.groups[g]));
  }
  for (const Folding& folding : plan.foldings) {
    json["foldings"].push_back(folding_json(graph, folding));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ockham::converters
