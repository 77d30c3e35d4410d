#include "converters/pruning/plan_json.h"

#include <nlohmann/json.hpp>

namespace ockham::converters {
namespace {

using Json = nlohmann::ordered_json;

Json change(std::int64_t before, std::int64_t after) {
  return {{"before", before}, {"after", after}};
}

Json layer_json(const LayerPlan& layer) {
  return {{"name", layer.name},
          {"op", layer.op},
          {"inputs", change(layer.inputs_before, layer.inputs_after)},
          {"width", change(layer.width_before, layer.width_after)},
          {"macs", change(layer.macs_before, layer.macs_after)},
          {"params", change(layer.params_before, layer.params_after)},
          {"reason", layer.reason}};
}

Json group_json(const GroupDecision& decision) {
  return {{"name", decision.group.name},
          {"width", decision.group.width},
          {"keep", decision.keep},
          {"carriers", decision.carriers},
          {"removable", decision.group.removable},
          {"why_not", decision.group.why_not}};
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

std::string plan_json(const Graph& graph, const PruningPlan& plan) {
  Json json = {{"layers", Json::array()}, {"groups", Json::array()}, {"foldings", Json::array()}};
  for (const LayerPlan& layer : plan.layers) json["layers"].push_back(layer_json(layer));
  for (const GroupDecision& decision : plan.decisions) {
    json["groups"].push_back(group_json(decision));
  }
  for (const Folding& folding : plan.foldings) {
    json["foldings"].push_back(folding_json(graph, folding));
  }
  return json.dump(2) + "\n";
}

}  // namespace ockham::converters
