// What the files that are compiled once for each kind of vector have in common. Included behind
// foreach_target.h, and like it once for each kind.
#if defined(OCKHAM_VECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OCKHAM_VECTORS_INL_H
#undef OCKHAM_VECTORS_INL_H
#else
#define OCKHAM_VECTORS_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

#include "runtime/cpu/vector/bounds.h"

#ifndef OCKHAM_UNROLL
#if defined(OCKHAM_SANITIZED)
#define OCKHAM_UNROLL  // what is checked at each step would take minutes to compile
#elif defined(__clang__)
#define OCKHAM_UNROLL _Pragma("unroll")
#else
#define OCKHAM_UNROLL _Pragma("GCC unroll 16")
#endif
#endif

// Keeps the compiler from computing a pointer anew from others, for which registers run short.
#ifndef OCKHAM_IN_REGISTER
#define OCKHAM_IN_REGISTER(pointer) asm("" : "+r"(pointer))
#endif

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

constexpr std::int64_t kLanes = HWY_LANES(float);

// x86's maximum and minimum are their second argument where one is not a number. Highway's of all
// others prefer the number.
#undef OCKHAM_PREFERS_NUMBERS
#define OCKHAM_PREFERS_NUMBERS \
  (!HWY_ARCH_X86 || HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR)

/// What is not a number stays.
HWY_INLINE Vector cut(Vector x, Bounds bounds) {
  const Floats d;
  const Vector low = hn::Set(d, bounds.low), high = hn::Set(d, bounds.high);
#if OCKHAM_PREFERS_NUMBERS
  x = hn::IfThenElse(hn::Lt(x, low), low, x);
  return hn::IfThenElse(hn::Gt(x, high), high, x);
#else
  return hn::Min(high, hn::Max(low, x));
#endif
}

/// What is not a number wins.
HWY_INLINE Vector maximum(Vector a, Vector b) {
#if OCKHAM_PREFERS_NUMBERS
  return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
#else
  return hn::IfThenElse(hn::IsNaN(a), a, hn::Max(a, b));
#endif
}

/// The first `count` floats, zeros behind them: a whole vector where there are as many or more.
HWY_INLINE Vector load_first(const float* from, std::int64_t count) {
  if (count >= kLanes) return hn::LoadU(Floats(), from);
  HWY_ALIGN float whole[kLanes] = {};
  std::memcpy(whole, from, static_cast<std::size_t>(count) * sizeof(float));
  return hn::Load(Floats(), whole);
}

/// Stores the first `count` floats: a whole vector where there are as many or more.
HWY_INLINE void store_first(Vector x, float* to, std::int64_t count) {
  if (count >= kLanes) {
    hn::StoreU(x, Floats(), to);
    return;
  }
  HWY_ALIGN float whole[kLanes];
  hn::Store(x, Floats(), whole);
  std::memcpy(to, whole, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
