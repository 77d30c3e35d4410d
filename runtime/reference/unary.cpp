#include "runtime/reference/kernels.h"

namespace ockham::reference {
namespace {

template <class T>
T apply(UnaryKind kind, T x) {
  switch (kind) {
    case UnaryKind::kRelu:
      return x > T{0} ? x : T{0};
  }
  return x;
}

}  // namespace

template <class T>
void run_kernel(const Unary& op, const KernelArguments<T>& a) {
  const std::int64_t count = a.output_shape.elements();
  for (std::int64_t i = 0; i < count; ++i) a.output[i] = apply(op.kind, a.inputs[0][i]);
}

template void run_kernel(const Unary&, const KernelArguments<float>&);
template void run_kernel(const Unary&, const KernelArguments<double>&);

}  // namespace ockham::reference
