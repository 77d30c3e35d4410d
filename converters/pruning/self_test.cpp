#include "converters/pruning/self_test.h"

#include <fmt/format.h>

#include "converters/pruning/random_input.h"
#include "converters/pruning/relative_difference.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {
namespace {

constexpr std::int64_t kRandomImages = 2;

/// How far the outputs that came with a sample may be from ours: they may be another program's
/// floats.
constexpr double kSampleTolerance = 1e-4;

std::vector<std::vector<float>> outputs_of(const Graph& graph, const SelfTest& test) {
  std::vector<reference::Tensor<double>> inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    inputs.push_back({graph.value(graph.inputs[i]).shape.with_batch(test.batch),
                      {test.inputs[i].begin(), test.inputs[i].end()}});
  }
  std::vector<std::vector<float>> outputs;
  for (const auto& output : reference::run<double>(graph, inputs)) {
    outputs.emplace_back(output.data.begin(), output.data.end());
  }
  return outputs;
}

void check_outputs(const Graph& graph, const SelfTest& sample, const SelfTest& test) {
  for (std::size_t i = 0; i < sample.outputs.size(); ++i) {
    const double apart = relative_difference(test.outputs[i], sample.outputs[i]);
    if (apart <= kSampleTolerance) continue;
    throw Error(
        Status::kVerification,
        fmt::format("the network does not reproduce the sample it came with: output '{}' "
                    "differs by {:.3g} of its largest element, allowed {:.0e}; export it again",
                    graph.value(graph.outputs[i]).name, apart, kSampleTolerance));
  }
}

}  // namespace

SelfTest make_self_test(const Graph& masked, const std::optional<SelfTest>& sample,
                        std::uint64_t seed) {
  SelfTest test;
  if (sample) {
    test = *sample;
  } else {
    test.batch = kRandomImages;
    test.inputs = random_inputs(masked, kRandomImages, seed);
  }
  test.outputs = outputs_of(masked, test);
  if (sample) check_outputs(masked, *sample, test);
  return test;
}

}  // namespace ockham::converters
