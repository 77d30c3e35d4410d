#include "runtime/cpu/vector/accumulate.h"

#include <cstring>
#include <limits>

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/accumulate.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// These must come behind it.
#include "runtime/cpu/vector/exp-inl.h"
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

using Doubles = hn::ScalableTag<double>;
using DoubleVector = hn::Vec<Doubles>;
using HalfFloats = hn::Rebind<float, Doubles>;  // as many floats as doubles fill a vector
using HalfVector = hn::Vec<HalfFloats>;

constexpr std::int64_t kDoubles = HWY_LANES(double);
/// Vectors of results that are computed side by side, so that none waits for the one before.
constexpr int kTogether = 4;

HWY_INLINE DoubleVector widen(HalfVector x) { return hn::PromoteTo(Doubles(), x); }

// One function for each kind: `apply` of results, numbers and bases.
#define OCKHAM_ACCUMULATION(Name, expression)                                \
  struct Name {                                                              \
    HWY_INLINE static DoubleVector apply(DoubleVector result, HalfVector x,  \
                                         [[maybe_unused]] HalfVector base) { \
      return expression;                                                     \
    }                                                                        \
  }

HWY_INLINE DoubleVector if_better(hn::Mask<Doubles> better, DoubleVector x, DoubleVector result) {
  return hn::IfThenElse(hn::Or(better, hn::IsNaN(x)), x, result);
}

/// Rounded to float. Emulated vectors would narrow infinity to the largest float.
HWY_INLINE DoubleVector product(DoubleVector result, HalfVector x) {
  const Doubles d;
  constexpr double kRoundsToInfinity = 0x1.ffffffp127;
  const DoubleVector exact = hn::Mul(result, widen(x));
  const DoubleVector infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  return hn::IfThenElse(hn::Ge(hn::Abs(exact), hn::Set(d, kRoundsToInfinity)),
                        hn::CopySign(infinity, exact), widen(hn::DemoteTo(HalfFloats(), exact)));
}

OCKHAM_ACCUMULATION(Largest, if_better(hn::Lt(result, widen(x)), widen(x), result));
OCKHAM_ACCUMULATION(Smallest, if_better(hn::Gt(result, widen(x)), widen(x), result));
OCKHAM_ACCUMULATION(Sum, hn::Add(result, widen(x)));
OCKHAM_ACCUMULATION(SumOfMagnitudes, hn::Add(result, widen(hn::Abs(x))));
OCKHAM_ACCUMULATION(SumOfSquares, hn::MulAdd(widen(x), widen(x), result));
OCKHAM_ACCUMULATION(SumOfExponentials,
                    hn::Add(result, widen(exp_of_any(HalfFloats(), hn::Sub(x, base)))));
OCKHAM_ACCUMULATION(Product, product(result, x));

#undef OCKHAM_ACCUMULATION

/// Of whole vectors of results.
template <class Function, int kVectors>
HWY_INLINE void accumulate_vectors(const AccumulatedRows& rows, std::int64_t i) {
  const HalfFloats d;
  HalfVector base[kVectors];
  DoubleVector results[kVectors];
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    base[v] = rows.base == nullptr ? hn::Zero(d) : hn::LoadU(d, rows.base + i + v * kDoubles);
    results[v] = hn::LoadU(Doubles(), rows.results + i + v * kDoubles);
  }
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    const float* x = rows.x + row * rows.x_row + i;
    OCKHAM_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      results[v] = Function::apply(results[v], hn::LoadU(d, x + v * kDoubles), base[v]);
    }
  }
  OCKHAM_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    hn::StoreU(results[v], Doubles(), rows.results + i + v * kDoubles);
  }
}

/// Of the last results, less than a vector.
template <class Function>
HWY_NOINLINE void accumulate_rest(const AccumulatedRows& rows, std::int64_t i) {
  const std::int64_t left = rows.count - i;
  const auto floats = static_cast<std::size_t>(left) * sizeof(float);
  HWY_ALIGN float x[kDoubles] = {};
  HWY_ALIGN float base[kDoubles] = {};
  HWY_ALIGN double results[kDoubles] = {};
  std::memcpy(results, rows.results + i, 2 * floats);
  if (rows.base != nullptr) std::memcpy(base, rows.base + i, floats);
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    std::memcpy(x, rows.x + row * rows.x_row + i, floats);
    accumulate_vectors<Function, 1>({rows.kind, x, kDoubles, 1, results, kDoubles, base}, 0);
  }
  std::memcpy(rows.results + i, results, 2 * floats);
}

template <class Function>
void accumulate_all(const AccumulatedRows& rows) {
  std::int64_t i = 0;
  for (; i + kTogether * kDoubles <= rows.count; i += kTogether * kDoubles) {
    accumulate_vectors<Function, kTogether>(rows, i);
  }
  for (; i + kDoubles <= rows.count; i += kDoubles) accumulate_vectors<Function, 1>(rows, i);
  if (i < rows.count) accumulate_rest<Function>(rows, i);
}

}  // namespace

void accumulate(const AccumulatedRows& rows) {
  switch (rows.kind) {
    case Accumulation::kLargest:
      return accumulate_all<Largest>(rows);
    case Accumulation::kSmallest:
      return accumulate_all<Smallest>(rows);
    case Accumulation::kSum:
      return accumulate_all<Sum>(rows);
    case Accumulation::kSumOfMagnitudes:
      return accumulate_all<SumOfMagnitudes>(rows);
    case Accumulation::kSumOfSquares:
      return accumulate_all<SumOfSquares>(rows);
    case Accumulation::kSumOfExponentials:
      return accumulate_all<SumOfExponentials>(rows);
    case Accumulation::kProduct:
      return accumulate_all<Product>(rows);
  }
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
