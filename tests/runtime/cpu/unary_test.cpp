#include "runtime/cpu/vector/unary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "runtime/cpu/unary_functions.h"
#include "runtime/cpu/vector/targets.h"
#include "runtime/reference/reference.h"

namespace ockham::cpu {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<UnaryKind> all_kinds() {
  std::vector<UnaryKind> kinds;
  for (int i = 0; i <= static_cast<int>(kLastUnaryKind); ++i) {
    kinds.push_back(static_cast<UnaryKind>(i));
  }
  return kinds;
}

/// Small and large numbers of both signs, and what is not finite.
std::vector<float> samples() {
  std::vector<float> all = {0.0f, -0.0f, kInfinity, -kInfinity,
                            std::numeric_limits<float>::quiet_NaN()};
  for (int i = -4000; i <= 4000; ++i) {
    const float size = std::pow(1.0035f, static_cast<float>(i));  // from 1e-6 to 1e6
    all.push_back(size);
    all.push_back(-size);
  }
  return all;
}

Unary unary_of(UnaryKind kind) {
  return {kind, parameter_count(kind) > 0 ? 0.5f : 0.0f, parameter_count(kind) > 1 ? 1.5f : 0.0f};
}

std::vector<float> run(UnaryFunction function, const Unary& op, std::vector<float> x) {
  std::vector<float> y(x.size());
  function({x.data(), y.data(), static_cast<std::int64_t>(x.size()), op.alpha, op.beta});
  // In place, and of so few that they fill no vector.
  std::vector<float> first(x.begin(), x.begin() + 3);
  function({first.data(), first.data(), 3, op.alpha, op.beta});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(first[i] == y[i] || (std::isnan(first[i]) && std::isnan(y[i])))
        << name_of(op.kind) << " of " << x[i];
  }
  return y;
}

/// As the reference executor computes it in double.
std::vector<double> expected(const Unary& op, const std::vector<float>& x) {
  const std::vector<double> exact(x.begin(), x.end());
  std::vector<double> y(x.size());
  const Shape shape({1, static_cast<std::int64_t>(x.size())});
  const double* const inputs[] = {exact.data()};
  reference::run_operator<double>(op, std::vector{shape}, inputs, shape, y.data());
  return y;
}

/// Equal, as far as a few roundings in float allow.
void expect_close(float found, double right, const std::string& what) {
  const auto rounded = static_cast<float>(right);
  if (std::isnan(rounded)) {
    EXPECT_TRUE(std::isnan(found)) << what << " is " << found;
  } else if (std::isinf(rounded)) {
    EXPECT_EQ(found, rounded) << what;
  } else {
    EXPECT_NEAR(found, right, 2e-6 * std::abs(right) + 2e-7) << what;
  }
}

TEST(UnaryFunctions, AreThereForEveryKind) {
  for (const UnaryKind kind : all_kinds())
    EXPECT_NE(unary_function(kind), nullptr) << name_of(kind);
}

TEST(UnaryFunctions, AreRightOnEachTarget) {
  const std::vector<float> x = samples();
  for (const UnaryKind kind : all_kinds()) {
    const Unary op = unary_of(kind);
    const std::vector<double> right = expected(op, x);
    for (const VectorTarget& target : vector_targets()) {
      const UnaryFunction function = target.unary_function(kind);
      if (function == nullptr) continue;
      const std::vector<float> found = run(function, op, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        expect_close(found[i], right[i],
                     std::string(target.name) + " " + std::string(name_of(kind)) + " of " +
                         std::to_string(x[i]));
      }
    }
  }
}

}  // namespace
}  // namespace ockham::cpu
