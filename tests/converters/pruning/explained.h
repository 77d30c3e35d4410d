// A network with its plan, what that leaves, and the explanation: what tests of the three ask for.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "converters/pruning/compact.h"
#include "converters/pruning/explanation.h"

namespace ockham::converters {

struct Explained {
  PruningPlan plan;
  Compacted compacted;
  Explanation explanation;

  std::string text() const { return explanation.text(); }
};

inline Explained explained(const Graph& graph) {
  const Analysis analysis = analyse(graph);
  PruningPlan plan = plan_pruning(graph, channel_structure(graph), analysis);
  Compacted compacted = compact(graph, plan);
  Explanation explanation = explain(graph, analysis, plan, compacted.graph);
  return {std::move(plan), std::move(compacted), std::move(explanation)};
}

inline const LayerPlan& layer(const Explanation& explanation, const std::string& name) {
  const auto found = std::ranges::find(explanation.layers, name, &LayerPlan::name);
  if (found == explanation.layers.end()) throw std::out_of_range(name);
  return *found;
}

}  // namespace ockham::converters
