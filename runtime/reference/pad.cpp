#include <algorithm>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// Copies the part of `x` from `axis` on into the middle of `y`, which holds the border already;
/// both are then behind that part.
template <class T>
void copy_inside(const Pad& op, const Shape& from, const Shape& to, int axis, const T*& x, T*& y) {
  if (axis == from.rank()) {
    *y++ = *x++;
    return;
  }
  std::int64_t inner = 1;
  for (int i = axis + 1; i < to.rank(); ++i) inner *= to[i];
  const auto pad = static_cast<std::size_t>(axis - 2);
  if (axis >= 2) y += op.begin[pad] * inner;
  for (std::int64_t i = 0; i < from[axis]; ++i) copy_inside(op, from, to, axis + 1, x, y);
  if (axis >= 2) y += op.end[pad] * inner;
}

}  // namespace

template <class T>
void run_loops(const Pad& op, const LoopArguments<T>& a) {
  std::fill_n(a.output, a.output_shape.elements(), static_cast<T>(op.value));
  const T* x = a.inputs[0];
  T* y = a.output;
  copy_inside(op, a.shapes[0], a.output_shape, 0, x, y);
}

template void run_loops(const Pad&, const LoopArguments<float>&);
template void run_loops(const Pad&, const LoopArguments<double>&);

}  // namespace ockham::reference
