#include <algorithm>

#include "runtime/reference/kernels.h"

namespace ockham::reference {

template <class T>
void run_kernel(const Reshape&, const KernelArguments<T>& a) {
  std::copy_n(a.inputs[0], a.output_shape.elements(), a.output);
}

template void run_kernel(const Reshape&, const KernelArguments<float>&);
template void run_kernel(const Reshape&, const KernelArguments<double>&);

}  // namespace ockham::reference
