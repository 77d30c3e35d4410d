#include <cmath>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const BatchNorm& op, const LoopArguments<T>& a) {
  const std::int64_t channels = a.shapes[0][1];
  const std::int64_t pixels = a.shapes[0].elements() / (a.shapes[0][0] * channels);
  for (std::int64_t n = 0; n < a.shapes[0][0]; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const T scale = a.inputs[1][c] / std::sqrt(a.inputs[4][c] + static_cast<T>(op.epsilon));
      for (std::int64_t p = 0; p < pixels; ++p) {
        const std::int64_t i = (n * channels + c) * pixels + p;
        a.output[i] = (a.inputs[0][i] - a.inputs[3][c]) * scale + a.inputs[2][c];
      }
    }
  }
}

template void run_loops(const BatchNorm&, const LoopArguments<float>&);
template void run_loops(const BatchNorm&, const LoopArguments<double>&);

}  // namespace ockham::reference
