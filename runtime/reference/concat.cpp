#include <algorithm>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Concat& op, const LoopArguments<T>& a) {
  const int axis = static_cast<int>(op.axis);
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= a.output_shape[i];
  for (int i = axis + 1; i < a.output_shape.rank(); ++i) inner *= a.output_shape[i];
  T* output = a.output;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < a.inputs.size(); ++i) {
      const std::int64_t count = a.shapes[i][axis] * inner;
      output = std::copy_n(a.inputs[i] + o * count, count, output);
    }
  }
}

template void run_loops(const Concat&, const LoopArguments<float>&);
template void run_loops(const Concat&, const LoopArguments<double>&);

}  // namespace ockham::reference
