#include <algorithm>

#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Gather& op, const LoopArguments<T>& a) {
  const std::int64_t batch = a.shapes[0][0], channels = a.shapes[0][1];
  const std::int64_t pixels = a.shapes[0].elements() / (batch * channels);
  T* output = a.output;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (const std::int64_t c : op.indices) {
      output = c == Gather::kZero
                   ? std::fill_n(output, pixels, T{0})
                   : std::copy_n(a.inputs[0] + (n * channels + c) * pixels, pixels, output);
    }
  }
}

template void run_loops(const Gather&, const LoopArguments<float>&);
template void run_loops(const Gather&, const LoopArguments<double>&);

}  // namespace ockham::reference
