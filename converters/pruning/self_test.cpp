#include "converters/pruning/self_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converters/pruning/random_input.h"
#include "converters/pruning/rounding.h"
#include "runtime/graph/difference.h"
#include "runtime/graph/error.h"

namespace ockham::converters {
namespace {

/// How far the outputs that came with a sample may be from ours: they may be another program's
/// floats.
constexpr double kSampleTolerance = 1e-4;

constexpr int kMostQuarterings = 20;

std::vector<std::vector<float>> outputs_of(const MaskedNetwork& network, const SelfTest& test,
                                           const WorkDone& work) {
  std::vector<std::vector<float>> outputs;
  for (const auto& output : network.answer(test.batch, test.inputs, work)) {
    outputs.emplace_back(output.data.begin(), output.data.end());
  }
  return outputs;
}

/// The outputs that came with a sample may be another program's floats: what rounding can do in
/// this network is allowed besides.
void check_outputs(const MaskedNetwork& network, const SelfTest& sample, const SelfTest& test,
                   std::uint64_t seed) {
  const Graph& graph = network.graph();
  std::vector<double> reach;
  for (std::size_t i = 0; i < sample.outputs.size(); ++i) {
    const Difference apart = difference(test.outputs[i], sample.outputs[i]);
    if (apart.most <= kSampleTolerance * apart.largest) continue;
    if (reach.empty()) {
      reach = rounding_reach(graph, tensors<double>(graph, test.batch, test.inputs),
                             network.answer(test.batch, test.inputs), kFloatRoundoff, seed);
    }
    if (apart.most <= reach[i]) continue;
    throw Error(
        Status::kVerification,
        fmt::format("the network does not reproduce the sample it came with: output '{}' "
                    "differs by {:.3g} of its largest element, allowed {:.0e}; export it again",
                    graph.value(graph.outputs[i]).name, apart.relative(), kSampleTolerance));
  }
}

bool all_finite(const std::vector<std::vector<float>>& arrays) {
  return std::ranges::all_of(arrays, [](const std::vector<float>& array) {
    return std::ranges::all_of(array, [](float x) { return std::isfinite(x); });
  });
}

/// Random images; smaller ones where the network grows them beyond all numbers.
SelfTest random_test(const MaskedNetwork& network, std::uint64_t seed, const WorkDone& work) {
  SelfTest test{.batch = kRandomImages,
                .inputs = random_inputs(network.graph(), kRandomImages, seed)};
  for (int i = 0; i <= kMostQuarterings; ++i) {
    test.outputs = outputs_of(network, test, work);
    if (all_finite(test.outputs)) return test;
    for (std::vector<float>& input : test.inputs) {
      for (float& x : input) x *= 0.25f;
    }
  }
  throw Error(Status::kVerification,
              "the network answers random input with infinity or what is no number, however small "
              "the input, so that nothing can be compared; check its weights");
}

}  // namespace

SelfTest make_self_test(const MaskedNetwork& masked, const std::optional<SelfTest>& sample,
                        std::uint64_t seed, const WorkDone& work) {
  if (!sample) return random_test(masked, seed, work);
  SelfTest test = *sample;
  test.outputs = outputs_of(masked, test, work);
  if (!all_finite(test.outputs)) {
    throw Error(
        Status::kVerification,
        "the network answers the sample with infinity or what is no number, so that nothing "
        "can be compared; hand in images that it answers with numbers (--sample), or check "
        "its weights");
  }
  check_outputs(masked, *sample, test, seed);
  return test;
}

}  // namespace ockham::converters
