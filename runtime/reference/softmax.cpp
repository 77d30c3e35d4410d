#include <algorithm>
#include <cmath>

#include "runtime/reference/lines.h"
#include "runtime/reference/operator_loops.h"

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
void run_loops(const Softmax& op, const LoopArguments<T>& a) {
  const Lines lines(a.output_shape, op.axis);
  lines.for_each([&](std::int64_t outer, std::int64_t inner) {
    const std::int64_t first = outer * lines.extent * lines.inner + inner;
    const T* x = a.inputs[0] + first;
    if (op.kind == SoftmaxKind::kHardmax) {
      hardmax(x, a.output + first, lines.extent, lines.inner);
    } else {
      softmax(op.kind, x, a.output + first, lines.extent, lines.inner);
    }
  });
}

template void run_loops(const Softmax&, const LoopArguments<float>&);
template void run_loops(const Softmax&, const LoopArguments<double>&);

}  // namespace ockham::reference
