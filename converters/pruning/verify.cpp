#include "converters/pruning/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "converters/pruning/random_input.h"
#include "converters/pruning/rounding.h"
#include "runtime/graph/difference.h"
#include "runtime/graph/error.h"
#include "runtime/graph/float_mode.h"
#include "runtime/graph/subnormals.h"

namespace ockham::converters {
namespace {

using reference::Tensor;

/// Numbers below this lose digits when sessions compute with them: their roundoff is subnormal.
constexpr double kTooSmallToTell =
    double{std::numeric_limits<float>::min()} / double{std::numeric_limits<float>::epsilon()};

/// The graph's constants, and in place of some the numbers that were computed for them.
ReadConstant<double> exact_constants(const Graph& graph, const ExactConstants& exact) {
  std::map<ValueId, std::span<const double>> computed;
  for (const auto& [name, elements] : exact) computed[graph.find_value(name)] = elements;
  return [computed, floats = floats_of<double>(graph)](ValueId id, std::int64_t first,
                                                       std::span<double> out) {
    const auto found = computed.find(id);
    if (found == computed.end()) return floats(id, first, out);
    std::ranges::copy(found->second.subspan(static_cast<std::size_t>(first), out.size()),
                      out.begin());
  };
}

/// One comparison of the networks, on the same inputs in both precisions.
class Trial {
 public:
  Trial(std::string name, const MaskedNetwork& masked, std::int64_t batch, const Inputs& inputs,
        std::uint64_t seed, const WorkDone& work)
      : name_(std::move(name)),
        masked_(masked.graph()),
        batch_(batch),
        inputs_(tensors<double>(masked_, batch, inputs)),
        expected_(masked.answer(batch, inputs, work)),
        seed_(seed),
        work_(work) {}

  /// The largest relative difference.
  double in_double(const Graph& compact, const ExactConstants& exact) const {
    const auto found = evaluate<double>(compact, inputs_, exact_constants(compact, exact),
                                        told<double>(compact, batch_, work_));
    const std::vector<Difference> apart = differences(found);
    const std::vector<double> reach =
        are_harmless(apart) ? std::vector<double>(apart.size(), 0.0)
                            : rounding_reach(masked_, inputs_, expected_, kDoubleRoundoff, seed_);
    return judge(apart, reach, kDoubleTolerance, "double").relative;
  }

  struct Judged {
    double relative = 0.0;       ///< the largest found
    std::vector<float> allowed;  ///< for each output
  };

  Judged in_float(const Graph& compact) const {
    std::vector<Tensor<float>> floats;
    for (const auto& input : inputs_) {
      floats.push_back({input.shape, {input.data.begin(), input.data.end()}});
    }
    const auto run = [&](std::uint64_t mode, const WorkDone& work) {
      const FloatModeScope scope(mode);
      return evaluate<float>(compact, floats, floats_of<float>(compact),
                             told<float>(compact, batch_, work));
    };
    const std::vector<Difference> apart = differences(run(flushing(float_mode()), work_));
    const std::vector<double> reach =
        rounding_reach(masked_, inputs_, expected_, kFloatRoundoff, seed_, work_);
    try {
      return judge(apart, reach, kFloatTolerance, "float");
    } catch (const Error&) {
      refuse_subnormals(run(keeping(float_mode()), {}));
      throw;
    }
  }

 private:
  template <class T>
  std::vector<Difference> differences(const std::vector<Tensor<T>>& found) const {
    std::vector<Difference> apart;
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      apart.push_back(difference(found[i].data, rounded<T>(expected_[i].data)));
    }
    return apart;
  }

  static constexpr double kHarmless = 0.1;

  /// Whether what the two make of the same numbers is too close for rounding to matter. (What
  /// sessions make of them is another thing: each of their kernels rounds in its own way.)
  static bool are_harmless(const std::vector<Difference>& apart) {
    return std::ranges::all_of(apart, [](const Difference& one) {
      return one.most <= kHarmless * kDoubleTolerance * one.largest;
    });
  }

  /// `reach` is what rounding can do to each output.
  Judged judge(const std::vector<Difference>& apart, const std::vector<double>& reach,
               double tolerance, std::string_view precision) const {
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
    if (std::isinf(found) && precision == "float") refuse_range(output);
    throw Error(
        Status::kVerification,
        fmt::format("compact and masked network differ on {} in {}: output '{}' by {:.3g}, "
                    "allowed {:.3g} (what rounding can do in this network); no network is "
                    "written; please report the network",
                    name_, precision, masked_.value(masked_.outputs[output]).name, found, allowed));
  }

  [[noreturn]] void refuse_range(std::size_t output) const {
    throw Error(
        Status::kVerification,
        fmt::format(
            "on {}, the network computes with numbers beyond those of float32 (3.4e38), so "
            "that output '{}' is wrong when it runs; hand in images that are typical for it "
            "(--sample), or scale its weights; no network is written",
            name_, masked_.value(masked_.outputs[output]).name));
  }

  /// Sessions flush subnormals; whether the network agrees only while they are kept.
  void refuse_subnormals(const std::vector<Tensor<float>>& kept) const {
    for (const Difference& apart : differences(kept)) {
      if (!(apart.most <= kFloatTolerance * apart.largest)) return;
    }
    throw Error(
        Status::kVerification,
        fmt::format("on {}, the network computes with numbers below 1.2e-38, which count as "
                    "zero when it runs; scale its weights so that its activations are "
                    "larger; no network is written",
                    name_));
  }

  std::string name_;
  const Graph& masked_;
  std::int64_t batch_;
  std::vector<Tensor<double>> inputs_;
  const std::vector<Tensor<double>>& expected_;
  std::uint64_t seed_;
  const WorkDone& work_;
};

void check_same_interface(const Graph& masked, const Graph& compact) {
  const auto shapes = [](const Graph& graph, const std::vector<ValueId>& ids) {
    std::vector<Shape> found;
    found.reserve(ids.size());
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

Agreement verify(const MaskedNetwork& masked, const Graph& compact, const ExactConstants& exact,
                 const std::optional<SelfTest>& sample, std::uint64_t seed, const WorkDone& work,
                 bool noise_too) {
  check_same_interface(masked.graph(), compact);
  const Inputs random = random_inputs(masked.graph(), kRandomImages, seed);
  std::vector<Trial> trials;
  if (!sample || noise_too) {
    trials.emplace_back("random input", masked, kRandomImages, random, seed, work);
  }
  if (sample && sample->inputs != random) {
    trials.emplace_back("the sample", masked, sample->batch, sample->inputs, seed, work);
  }
  Agreement agreement;
  for (const Trial& trial : trials) {
    agreement.in_double = std::max(agreement.in_double, trial.in_double(compact, exact));
    Trial::Judged in_float = trial.in_float(compact);
    agreement.in_float = std::max(agreement.in_float, in_float.relative);
    agreement.allowed = std::move(in_float.allowed);
  }
  return agreement;
}

void check_subnormals(const Graph& network, const MaskedNetwork& masked, const SelfTest& test) {
  const auto has_subnormals = [](const Value& value) {
    return std::ranges::any_of(value.constant.floats, is_subnormal);
  };
  const auto named = std::ranges::find_if(network.values, has_subnormals);
  if (named == network.values.end()) return;
  const auto& flushed_answer = masked.answer(test.batch, test.inputs);
  const MaskedNetwork with_subnormals(network);
  const auto& answer = with_subnormals.answer(test.batch, test.inputs);
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const Difference apart = difference(flushed_answer[i].data, answer[i].data);
    if (apart.most <= std::max(kFloatTolerance * apart.largest, kTooSmallToTell)) continue;
    throw Error(
        Status::kVerification,
        fmt::format("constant '{}' has elements below 1.2e-38, which count as zero when the "
                    "network runs, and output '{}' differs by {:.3g} without them; scale "
                    "the weights of the layer up; no network is written",
                    named->name, network.value(network.outputs[i]).name, apart.most));
  }
}

std::int64_t verification_work(const Graph& masked, const Graph& compact,
                               const std::optional<SelfTest>& sample, bool noise_too) {
  const std::int64_t noise = !sample || noise_too ? kRandomImages : 0;
  const std::int64_t images = noise + (sample ? sample->batch : 0);
  return saturating_add(
      saturating_multiply(work_of_run(masked, images), 1 + kRoundingRuns),  // in double
      saturating_multiply(work_of_run(compact, images), 2));  // in double and in float
}

}  // namespace ockham::converters
