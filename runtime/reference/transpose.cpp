#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// Elements from one position to the next on each axis.
struct Strides {
  std::int64_t of[kMaxRank];
};

Strides strides_of(const Shape& shape) {
  Strides strides{};
  std::int64_t inner = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides.of[axis] = inner;
    inner *= shape[axis];
  }
  return strides;
}

/// Writes what the output has from `axis` on, for the input's elements from `x` on.
template <class T>
void write_from(const Transpose& op, const Shape& to, const Strides& from, int axis, const T* x,
                T*& y) {
  if (axis == to.rank()) {
    *y++ = *x;
    return;
  }
  const std::int64_t stride = from.of[op.order[static_cast<std::size_t>(axis)]];
  for (std::int64_t i = 0; i < to[axis]; ++i) {
    write_from(op, to, from, axis + 1, x + i * stride, y);
  }
}

}  // namespace

template <class T>
void run_loops(const Transpose& op, const LoopArguments<T>& a) {
  T* y = a.output;
  write_from(op, a.output_shape, strides_of(a.shapes[0]), 0, a.inputs[0], y);
}

template void run_loops(const Transpose&, const LoopArguments<float>&);
template void run_loops(const Transpose&, const LoopArguments<double>&);

}  // namespace ockham::reference
