#include <algorithm>

#include "runtime/reference/kernels.h"

namespace ockham::reference {

template <class T>
void run_kernel(const Gather& op, const KernelArguments<T>& a) {
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

template void run_kernel(const Gather&, const KernelArguments<float>&);
template void run_kernel(const Gather&, const KernelArguments<double>&);

}  // namespace ockham::reference
