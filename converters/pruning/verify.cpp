#include "converters/pruning/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "converters/pruning/random_input.h"
#include "converters/pruning/relative_difference.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {
namespace {

using reference::Replacements;
using reference::Tensor;

constexpr std::int64_t kRandomImages = 2;

/// Inputs for one comparison; both precisions run the same numbers.
struct Trial {
  std::string name;
  std::vector<Tensor<float>> inputs;
};

Trial make_trial(std::string name, const Graph& graph, std::int64_t batch,
                 const std::vector<std::vector<float>>& inputs) {
  Trial trial{std::move(name), {}};
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    trial.inputs.push_back({graph.value(graph.inputs[i]).shape.with_batch(batch), inputs.at(i)});
  }
  return trial;
}

template <class T>
std::vector<Tensor<T>> inputs_as(const Trial& trial) {
  std::vector<Tensor<T>> inputs;
  for (const Tensor<float>& input : trial.inputs) {
    inputs.push_back({input.shape, {input.data.begin(), input.data.end()}});
  }
  return inputs;
}

Replacements<double> by_value(const Graph& graph, const ExactConstants& exact) {
  Replacements<double> replaced;
  for (const auto& [name, elements] : exact) replaced[graph.find_value(name)] = elements;
  return replaced;
}

template <class T>
double compared(const Graph& masked, const Graph& compact, const Replacements<T>& replaced,
                const Trial& trial, double tolerance, std::string_view precision) {
  const std::vector<Tensor<T>> inputs = inputs_as<T>(trial);
  const auto expected = reference::run<T>(masked, inputs);
  const auto found = reference::run<T>(compact, inputs, replaced);
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double apart = relative_difference(found[i].data, expected[i].data);
    if (!(apart <= tolerance)) {
      throw Error(
          Status::kVerification,
          fmt::format("compact and masked network differ on {} in {}: output '{}' by {:.3g} "
                      "of its largest element, allowed {:.0e}; nothing is written",
                      trial.name, precision, masked.value(masked.outputs[i]).name, apart,
                      tolerance));
    }
    largest = std::max(largest, apart);
  }
  return largest;
}

void check_same_interface(const Graph& masked, const Graph& compact) {
  const auto shapes = [](const Graph& graph, const std::vector<ValueId>& ids) {
    std::vector<Shape> found;
    for (const ValueId id : ids) found.push_back(graph.value(id).shape);
    return found;
  };
  if (shapes(masked, masked.inputs) != shapes(compact, compact.inputs) ||
      shapes(masked, masked.outputs) != shapes(compact, compact.outputs)) {
    throw Error(Status::kVerification,
                "masked and compact network have different inputs or outputs, expected the same");
  }
}

}  // namespace

Agreement verify(const Graph& masked, const Graph& compact, const ExactConstants& exact,
                 const std::optional<SelfTest>& sample, std::uint64_t seed) {
  check_same_interface(masked, compact);
  std::vector<Trial> trials = {make_trial("random input", masked, kRandomImages,
                                          random_inputs(masked, kRandomImages, seed))};
  if (sample) trials.push_back(make_trial("the sample", masked, sample->batch, sample->inputs));
  const Replacements<double> replaced = by_value(compact, exact);
  Agreement agreement;
  for (const Trial& trial : trials) {
    const double in_double =
        compared<double>(masked, compact, replaced, trial, kDoubleTolerance, "double");
    const double in_float = compared<float>(masked, compact, {}, trial, kFloatTolerance, "float");
    agreement.in_double = std::max(agreement.in_double, in_double);
    agreement.in_float = std::max(agreement.in_float, in_float);
  }
  return agreement;
}

}  // namespace ockham::converters
