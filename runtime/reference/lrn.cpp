#include <algorithm>
#include <cmath>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Lrn& op, const LoopArguments<T>& a) {
  const std::int64_t channels = a.shapes[0][1];
  const std::int64_t pixels = a.shapes[0].elements() / (a.shapes[0][0] * channels);
  const std::int64_t before = std::min(channels, (op.size - 1) / 2);
  const std::int64_t behind = std::min(channels, op.size / 2);
  for (std::int64_t n = 0; n < a.shapes[0][0]; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t first = std::max<std::int64_t>(0, c - before);
      const std::int64_t end = std::min(channels, c + behind + 1);
      for (std::int64_t p = 0; p < pixels; ++p) {
        const T* x = a.inputs[0] + n * channels * pixels + p;
        T sum{0};
        for (std::int64_t k = first; k < end; ++k) sum += x[k * pixels] * x[k * pixels];
        const T scale = T(op.bias) + T(op.alpha) / static_cast<T>(op.size) * sum;
        a.output[(n * channels + c) * pixels + p] = x[c * pixels] / std::pow(scale, T(op.beta));
      }
    }
  }
}

template void run_loops(const Lrn&, const LoopArguments<float>&);
template void run_loops(const Lrn&, const LoopArguments<double>&);

}  // namespace ockham::reference
