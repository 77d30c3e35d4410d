#include "runtime/session/chosen_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>

#include "runtime/reference/reference.h"

namespace ockham {
namespace {

/// What a node chooses from.
struct Choice {
  ValueId scores = -1;
  std::int64_t axis = 1;
  std::int64_t count = 1;  ///< of places that it names in each line along the axis
};

Choice choice_of(const Node& node) {
  if (const auto* top = std::get_if<TopK>(&node.op)) {
    return {node.inputs[0], top->axis, top->count};
  }
  return {node.inputs[0], std::get<ArgExtreme>(node.op).axis, 1};
}

reference::Tensor<float> scores_of(const Graph& graph, const SelfTest& test, ValueId scores) {
  std::vector<reference::Tensor<float>> inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    inputs.push_back({graph.value(graph.inputs[i]).shape.with_batch(test.batch), test.inputs[i]});
  }
  auto values = reference::run_all<float>(graph, inputs);
  return std::move(values[static_cast<std::size_t>(scores)]);
}

/// Scores at the places that `indices` name in each line; infinity where there is none.
std::vector<float> chosen(const reference::Tensor<float>& scores, const Choice& choice,
                          const std::vector<float>& indices) {
  const auto axis = static_cast<int>(choice.axis);
  const std::int64_t extent = scores.shape[axis];
  std::int64_t apart = 1;  // elements between neighbours along the axis
  for (int behind = axis + 1; behind < scores.shape.rank(); ++behind) apart *= scores.shape[behind];
  std::vector<float> found;
  found.reserve(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t line = at / (choice.count * apart);
    const float index = indices[i];
    const bool exists = index >= 0.0f && index < static_cast<float>(extent);
    const std::int64_t place = exists ? static_cast<std::int64_t>(index) : 0;
    const auto score = static_cast<std::size_t>((line * extent + place) * apart + at % apart);
    found.push_back(exists ? scores.data[score] : std::numeric_limits<float>::infinity());
  }
  return found;
}

}  // namespace

Difference difference_of_chosen(const Graph& graph, const SelfTest& test, std::size_t output,
                                const std::vector<float>& found) {
  const Choice choice = choice_of(graph.node(graph.producer(graph.outputs[output])));
  const reference::Tensor<float> scores = scores_of(graph, test, choice.scores);
  Difference apart =
      difference(chosen(scores, choice, found), chosen(scores, choice, test.outputs[output]));
  for (const float score : scores.data) {
    if (std::isfinite(score)) apart.largest = std::max(apart.largest, std::abs(double{score}));
  }
  return apart;
}

}  // namespace ockham
