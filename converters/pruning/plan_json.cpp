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
    json["removed_inputs"] = all_indices(layer.inputs_before);
    json["removed_filters"] = all_indices(layer.width_before);
    return json;
  }
  const Node& node = graph.node(layer.node);
  const Membership outputs = membership(plan.decisions, node.outputs[0]);
  json["group"] = outputs.decision->group.name;
  json["removed_inputs"] = membership(plan.decisions, node.inputs[0]).removed();
  json["removed_filters"] = outputs.removed();
  return json;
}

Json axes_json(const Graph& graph, const std::vector<WeightAxis>& axes) {
  Json json = Json::array();
  for (const WeightAxis& axis : axes) {
    json.push_back({{"node", graph.node(axis.node).name},
                    {"constant", graph.value(axis.constant).name},
                    {"axis", axis.axis},
                    {"block", axis.block},
                    {"slices", axis.slices}});
  }
  return json;
}

Json members_json(const Graph& graph, const ChannelGroup& group) {
  Json selectors = Json::array(), gathers = Json::array(), values = Json::array();
  for (const NodeId id : group.selectors) selectors.push_back(graph.node(id).name);
  for (const GatherAxis& axis : group.gathers) {
    gathers.push_back({{"node", graph.node(axis.node).name}, {"block", axis.block}});
  }
  for (const CarriedValue& carried : group.values) {
    const Value& value = graph.value(carried.value);
    values.push_back(
        {{"name", value.name}, {"shape", value.shape.text()}, {"block", carried.block}});
  }
  return {{"producers", axes_json(graph, group.producers)},
          {"carriers", axes_json(graph, group.carriers)},
          {"consumers", axes_json(graph, group.consumers)},
          {"selectors", selectors},
          {"gathers", gathers},
          {"values", values}};
}

Json group_json(const Graph& graph, const GroupDecision& decision) {
  return {{"name", decision.group.name},
          {"width", decision.group.width},
          {"keep", decision.keep},
          {"removed", removed_channels(decision)},
          {"carriers", decision.carriers},
          {"removable", decision.group.removable},
          {"why_not", decision.group.why_not},
          {"members", members_json(graph, decision.group)}};
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
  for (const GroupDecision& decision : plan.decisions) {
    json["groups"].push_back(group_json(graph, decision));
  }
  for (const Folding& folding : plan.foldings) {
    json["foldings"].push_back(folding_json(graph, folding));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ockham::converters
