#include "runtime/reference/kernels.h"

namespace ockham::reference {
namespace {

template <class T>
T apply(BinaryKind kind, T left, T right) {
  switch (kind) {
    case BinaryKind::kAdd:
      return left + right;
  }
  return left;
}

}  // namespace

template <class T>
void run_kernel(const Binary& op, const KernelArguments<T>& a) {
  const std::int64_t count = a.output_shape.elements();
  for (std::int64_t i = 0; i < count; ++i) {
    a.output[i] = apply(op.kind, a.inputs[0][i], a.inputs[1][i]);
  }
}

template void run_kernel(const Binary&, const KernelArguments<float>&);
template void run_kernel(const Binary&, const KernelArguments<double>&);

}  // namespace ockham::reference
