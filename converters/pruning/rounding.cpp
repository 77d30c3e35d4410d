#include "converters/pruning/rounding.h"

#include <algorithm>
#include <random>

#include "runtime/graph/difference.h"

namespace ockham::converters {
namespace {

constexpr int kRuns = 3;

/// From one roundoff in each term to one in each step of a sum: the root of the number of terms,
/// some thousands, for the steps, and the rest for bad luck in few runs.
constexpr double kSteps = 100.0;

class Perturbation {
 public:
  Perturbation(double roundoff, std::uint64_t seed) : roundoff_(roundoff), random_(seed) {}

  template <class Elements>
  std::vector<double> of(const Elements& elements) {
    std::vector<double> off(elements.begin(), elements.end());
    for (double& x : off) x *= (random_() & 1) != 0 ? 1.0 + roundoff_ : 1.0 - roundoff_;
    return off;
  }

 private:
  double roundoff_;
  std::mt19937_64 random_;
};

}  // namespace

std::vector<double> rounding_reach(const Graph& graph,
                                   std::span<const reference::Tensor<double>> inputs,
                                   double roundoff, std::uint64_t seed) {
  const auto exact = reference::run<double>(graph, inputs);
  std::vector<double> reach(exact.size(), 0.0);
  Perturbation perturbation(roundoff, seed);
  for (int run = 0; run < kRuns; ++run) {
    reference::Replacements<double> constants;
    for (std::size_t id = 0; id < graph.values.size(); ++id) {
      const Value& value = graph.values[id];
      if (!value.is_constant) continue;
      constants[static_cast<ValueId>(id)] = perturbation.of(value.constant.floats);
    }
    std::vector<reference::Tensor<double>> off;
    for (const auto& input : inputs) off.push_back({input.shape, perturbation.of(input.data)});
    const auto found = reference::run<double>(graph, off, constants);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      reach[i] = std::max(reach[i], kSteps * difference(found[i].data, exact[i].data).most);
    }
  }
  return reach;
}

}  // namespace ockham::converters
