#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const DepthToSpace& op, const LoopArguments<T>& a) {
  const Shape& to = a.output_shape;
  const Shape& from = a.shapes[0];
  T* y = a.output;
  for (std::int64_t n = 0; n < to[0]; ++n) {
    for (std::int64_t c = 0; c < to[1]; ++c) {
      for (std::int64_t h = 0; h < to[2]; ++h) {
        for (std::int64_t w = 0; w < to[3]; ++w) {
          const std::int64_t i = h % op.block[0], j = w % op.block[1];
          const std::int64_t channel = (c * op.block[0] + i) * op.block[1] + j;
          const std::int64_t row = (n * from[1] + channel) * from[2] + h / op.block[0];
          *y++ = a.inputs[0][row * from[3] + w / op.block[1]];
        }
      }
    }
  }
}

template void run_loops(const DepthToSpace&, const LoopArguments<float>&);
template void run_loops(const DepthToSpace&, const LoopArguments<double>&);

}  // namespace ockham::reference
