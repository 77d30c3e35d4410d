#include <algorithm>
#include <cmath>

#include "runtime/reference/kernels.h"

namespace ockham::reference {
namespace {

/// Of `count` elements that lie `stride` apart.
template <class T>
void softmax(SoftmaxKind kind, const T* x, T* y, std::int64_t count, std::int64_t stride) {
  T largest = x[0], sum{0};
  for (std::int64_t i = 0; i < count; ++i) largest = std::max(largest, x[i * stride]);
  for (std::int64_t i = 0; i < count; ++i) sum += std::exp(x[i * stride] - largest);
  for (std::int64_t i = 0; i < count; ++i) {
    const T below = x[i * stride] - largest;
    y[i * stride] =
        kind == SoftmaxKind::kLogSoftmax ? below - std::log(sum) : std::exp(below) / sum;
  }
}

/// The same elements: 1 for the first of the largest.
template <class T>
void hardmax(const T* x, T* y, std::int64_t count, std::int64_t stride) {
  std::int64_t largest = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (x[i * stride] > x[largest * stride]) largest = i;
  }
  for (std::int64_t i = 0; i < count; ++i) y[i * stride] = i == largest ? T{1} : T{0};
}

}  // namespace

template <class T>
void run_kernel(const Softmax& op, const KernelArguments<T>& a) {
  const int axis = static_cast<int>(op.axis);
  const Shape& shape = a.output_shape;
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const std::int64_t first = o * shape[axis] * inner + i;
      const T* x = a.inputs[0] + first;
      if (op.kind == SoftmaxKind::kHardmax) {
        hardmax(x, a.output + first, shape[axis], inner);
      } else {
        softmax(op.kind, x, a.output + first, shape[axis], inner);
      }
    }
  }
}

template void run_kernel(const Softmax&, const KernelArguments<float>&);
template void run_kernel(const Softmax&, const KernelArguments<double>&);

}  // namespace ockham::reference
