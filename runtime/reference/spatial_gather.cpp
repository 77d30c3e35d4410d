#include <algorithm>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const SpatialGather& op, const LoopArguments<T>& a) {
  const Shape& shape = a.shapes[0];
  const int axis = static_cast<int>(op.axis);
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  T* output = a.output;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t position : op.indices) {
      output = std::copy_n(a.inputs[0] + (o * shape[axis] + position) * inner, inner, output);
    }
  }
}

template void run_loops(const SpatialGather&, const LoopArguments<float>&);
template void run_loops(const SpatialGather&, const LoopArguments<double>&);

}  // namespace ockham::reference
