#include "converters/pruning/self_test.h"

#include "converters/pruning/random_input.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {
namespace {

constexpr std::int64_t kRandomImages = 2;

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
  std::vector<reference::Tensor<double>> inputs;
  for (std::size_t i = 0; i < masked.inputs.size(); ++i) {
    inputs.push_back({masked.value(masked.inputs[i]).shape.with_batch(test.batch),
                      {test.inputs[i].begin(), test.inputs[i].end()}});
  }
  test.outputs.clear();
  for (const auto& output : reference::run<double>(masked, inputs)) {
    test.outputs.emplace_back(output.data.begin(), output.data.end());
  }
  return test;
}

}  // namespace ockham::converters
