// The exponential function on vectors. Included behind foreach_target.h, and like it once for each
// kind of vector.
#if defined(OCKHAM_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OCKHAM_EXP_INL_H
#undef OCKHAM_EXP_INL_H
#else
#define OCKHAM_EXP_INL_H
#endif

#include <hwy/contrib/math/math-inl.h>

#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {

/// Infinity from 89 on; Highway's holds up to 104. What is not a number may give one.
template <class D>
HWY_INLINE hn::Vec<D> exp_of_number(D d, hn::Vec<D> x) {
  return hn::Exp(d, hn::Min(x, hn::Set(d, 104.0f)));
}

/// What is not a number stays.
template <class D>
HWY_INLINE hn::Vec<D> exp_of_any(D d, hn::Vec<D> x) {
  return hn::IfThenElse(hn::IsNaN(x), x, exp_of_number(d, x));
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
