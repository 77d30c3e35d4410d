#include "converters/pruning/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "converters/pruning/random_input.h"
#include "converters/pruning/rounding.h"
#include "runtime/graph/difference.h"
#include "runtime/graph/error.h"
#include "runtime/graph/float_mode.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {
namespace {

using reference::Replacements;
using reference::Tensor;

constexpr std::int64_t kRandomImages = 2;

using Inputs = std::vector<std::vector<float>>;

Replacements<double> by_value(const Graph& graph, const ExactConstants& exact) {
  Replacements<double> replaced;
  for (const auto& [name, elements] : exact) replaced[graph.find_value(name)] = elements;
  return replaced;
}

template <class T>
std::vector<Tensor<T>> tensors(const Graph& graph, std::int64_t batch, const Inputs& inputs) {
  std::vector<Tensor<T>> made;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    made.push_back({graph.value(graph.inputs[i]).shape.with_batch(batch),
                    {inputs.at(i).begin(), inputs.at(i).end()}});
  }
  return made;
}

/// One comparison of the networks, on the same inputs in both precisions.
class Trial {
 public:
  Trial(std::string name, const Graph& masked, std::int64_t batch, const Inputs& inputs,
        std::uint64_t seed)
      : name_(std::move(name)),
        masked_(masked),
        inputs_(tensors<double>(masked, batch, inputs)),
        floats_(tensors<float>(masked, batch, inputs)),
        expected_(reference::run<double>(masked, inputs_)),
        seed_(seed) {}

  /// The largest relative difference.
  double in_double(const Graph& compact, const Replacements<double>& replaced) const {
    const auto found = reference::run<double>(compact, inputs_, replaced);
    return judge(found, kDoubleTolerance, kDoubleRoundoff, "double").relative;
  }

  struct Judged {
    double relative = 0.0;       ///< the largest found
    std::vector<float> allowed;  ///< for each output
  };

  Judged in_float(const Graph& compact) const {
    const auto run = [&](std::uint64_t mode) {
      const FloatModeScope scope(mode);
      return reference::run<float>(compact, floats_);
    };
    try {
      return judge(run(flushing(float_mode())), kFloatTolerance, kFloatRoundoff, "float");
    } catch (const Error&) {
      refuse_subnormals(run(keeping(float_mode())));
      throw;
    }
  }

 private:
  /// Differences well below what is always allowed say that rounding is harmless in this network;
  /// else it is found out what it can do.
  static constexpr double kHarmless = 0.1;

  template <class T>
  Judged judge(const std::vector<Tensor<T>>& found, double tolerance, double roundoff,
               std::string_view precision) const {
    std::vector<Difference> apart;
    bool harmless = true;
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      apart.push_back(difference(found[i].data, rounded<T>(expected_[i].data)));
      harmless = harmless && apart.back().most <= kHarmless * tolerance * apart.back().largest;
    }
    const std::vector<double> reach = harmless ? std::vector<double>(apart.size(), 0.0)
                                               : rounding_reach(masked_, inputs_, roundoff, seed_);
    Judged judged;
    for (std::size_t i = 0; i < apart.size(); ++i) {
      const double by_rounding = std::isfinite(reach[i]) ? reach[i] : 0.0;
      const double allowed = std::max(tolerance * apart[i].largest, by_rounding);
      if (!(apart[i].most <= allowed)) refuse(i, apart[i].most, allowed, precision);
      judged.relative = std::max(judged.relative, apart[i].relative());
      judged.allowed.push_back(
          static_cast<float>(std::min<double>(allowed, std::numeric_limits<float>::max())));
    }
    return judged;
  }

  /// As far as the type reaches: what is beyond is infinite in it.
  template <class T>
  static std::vector<T> rounded(const std::vector<double>& elements) {
    return {elements.begin(), elements.end()};
  }

  [[noreturn]] void refuse(std::size_t output, double found, double allowed,
                           std::string_view precision) const {
    throw Error(
        Status::kVerification,
        fmt::format("compact and masked network differ on {} in {}: output '{}' by {:.3g}, "
                    "allowed {:.3g} (what rounding can do in this network); nothing is "
                    "written; please report the network",
                    name_, precision, masked_.value(masked_.outputs[output]).name, found, allowed));
  }

  /// Sessions flush subnormals; whether the network agrees only while they are kept.
  void refuse_subnormals(const std::vector<Tensor<float>>& kept) const {
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const Difference apart = difference(kept[i].data, rounded<float>(expected_[i].data));
      if (!(apart.most <= kFloatTolerance * apart.largest)) return;
    }
    throw Error(
        Status::kVerification,
        fmt::format("on {}, the network computes with numbers below 1.2e-38, which count as "
                    "zero when it runs; scale its weights so that its activations are "
                    "larger; nothing is written",
                    name_));
  }

  std::string name_;
  const Graph& masked_;
  std::vector<Tensor<double>> inputs_;
  std::vector<Tensor<float>> floats_;
  std::vector<Tensor<double>> expected_;
  std::uint64_t seed_;
};

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
  const Inputs random = random_inputs(masked, kRandomImages, seed);
  const bool sample_is_random = sample && sample->inputs == random;
  std::vector<Trial> trials;
  trials.emplace_back("random input", masked, kRandomImages, random, seed);
  if (sample && !sample_is_random) {
    trials.emplace_back("the sample", masked, sample->batch, sample->inputs, seed);
  }
  const Replacements<double> replaced = by_value(compact, exact);
  Agreement agreement;
  for (const Trial& trial : trials) {
    agreement.in_double = std::max(agreement.in_double, trial.in_double(compact, replaced));
    Trial::Judged in_float = trial.in_float(compact);
    agreement.in_float = std::max(agreement.in_float, in_float.relative);
    agreement.allowed = std::move(in_float.allowed);
  }
  return agreement;
}

}  // namespace ockham::converters
