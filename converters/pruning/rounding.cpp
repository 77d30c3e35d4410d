#include "converters/pruning/rounding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include "runtime/graph/difference.h"
#include "runtime/graph/mixed_bits.h"

namespace ockham::converters {
namespace {

// A sum of some thousand terms rounds at each of its steps: the root of that many roundoffs, and as
// much again for bad luck in few runs. Most of it is put into the runs themselves, so that what
// jumps has more occasion to jump in them than in a session; the rest is a factor, for a jump in
// the session that is larger than those in the runs.
constexpr double kRoundoffs = 25.0;
constexpr double kFactor = 4.0;

/// Moves numbers up or down at random, but whole ones, which are exact (and if they are exponents,
/// make something else of negative numbers when they are not whole); one element of a value always
/// the same way, however often and in whatever pieces it is read.
class Perturbation {
 public:
  Perturbation(double off, std::uint64_t seed) : factors_{1.0 - off, 1.0 + off}, seed_(seed) {}

  /// Elements `first`, `first` + 1, ... of the value.
  void move(ValueId id, std::int64_t first, std::span<double> elements) const {
    const std::uint64_t stream =
        mixed_bits(seed_ + kGoldenGamma * (static_cast<std::uint64_t>(id) + 1));
    auto at = static_cast<std::uint64_t>(first);
    for (std::size_t i = 0; i < elements.size();) {
      std::uint64_t bits = mixed_bits(stream + kGoldenGamma * (at / 64)) >> at % 64;
      const std::size_t end = std::min<std::size_t>(elements.size(), i + 64 - at % 64);
      at += end - i;
      for (; i < end; ++i, bits >>= 1) {
        if (elements[i] != std::floor(elements[i])) elements[i] *= factors_[bits & 1];
      }
    }
  }

 private:
  std::array<double, 2> factors_;
  std::uint64_t seed_;
};

/// Whether what the operator computes is rounded: what only moves or picks numbers is not, and what
/// it holds back (Clip before Acos) stays held back.
bool rounds(const Operator& op) {
  if (const auto* unary = std::get_if<Unary>(&op)) {
    return unary->kind != UnaryKind::kClip && unary->kind != UnaryKind::kRelu;
  }
  if (const auto* pool = std::get_if<Pool2d>(&op)) return pool->kind != PoolKind::kMax;
  return !(std::holds_alternative<Flatten>(op) || std::holds_alternative<Reshape>(op) ||
           std::holds_alternative<Gather>(op) || std::holds_alternative<SpatialGather>(op) ||
           std::holds_alternative<Concat>(op) || std::holds_alternative<Pad>(op) ||
           std::holds_alternative<Transpose>(op) || std::holds_alternative<DepthToSpace>(op));
}

using Tensors = std::vector<reference::Tensor<double>>;

Tensors run_off(const Graph& graph, std::span<const reference::Tensor<double>> inputs,
                const Perturbation& perturbation, const WorkDone& work) {
  Tensors off(inputs.begin(), inputs.end());
  for (std::size_t i = 0; i < off.size(); ++i) perturbation.move(graph.inputs[i], 0, off[i].data);
  const auto read = [&, floats = floats_of<double>(graph)](ValueId id, std::int64_t first,
                                                           std::span<double> out) {
    floats(id, first, out);
    perturbation.move(id, first, out);
  };
  const auto report = told<double>(graph, inputs[0].shape[0], work);
  const auto computed = [&](NodeId node, std::span<double> output) {
    const ValueId id = graph.node(node).outputs[0];
    const bool is_index = graph.value(id).type == ElementType::kInt64;
    if (!is_index && rounds(graph.node(node).op)) perturbation.move(id, 0, output);
    if (report) report(node, output);
  };
  return evaluate<double>(graph, off, read, computed);
}

}  // namespace

std::vector<double> rounding_reach(const Graph& graph,
                                   std::span<const reference::Tensor<double>> inputs,
                                   std::span<const reference::Tensor<double>> exact,
                                   double roundoff, std::uint64_t seed, const WorkDone& work) {
  std::vector<double> reach(exact.size(), 0.0);
  for (int run = 0; run < kRoundingRuns; ++run) {
    const Perturbation perturbation(
        kRoundoffs * roundoff, mixed_bits(seed + kGoldenGamma) + static_cast<std::uint64_t>(run));
    const Tensors found = run_off(graph, inputs, perturbation, work);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      reach[i] = std::max(reach[i], kFactor * difference(found[i].data, exact[i].data).most);
    }
  }
  return reach;
}

}  // namespace ockham::converters
