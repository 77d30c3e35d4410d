#include <algorithm>
#include <cmath>

#include "runtime/reference/lines.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// What is no number becomes the least, as ONNX Runtime has it.
template <class T>
T cut(T x, const QuantizedRange& range) {
  if (std::isnan(x)) return range.least;
  return std::clamp(x, T{range.least}, T{range.most});
}

}  // namespace

template <class T>
void run_loops(const FakeQuantize& op, const LoopArguments<T>& a) {
  const QuantizedRange range = range_of(op.type);
  const Lines lines(a.output_shape, op.axis);
  const bool is_per_axis = a.shapes[1][0] > 1;
  lines.for_each([&](std::int64_t outer, std::int64_t inner) {
    for (std::int64_t k = 0; k < lines.extent; ++k) {
      const std::int64_t at = (outer * lines.extent + k) * lines.inner + inner;
      const T scale = a.inputs[1][is_per_axis ? k : 0], zero = a.inputs[2][is_per_axis ? k : 0];
      const T quantized = cut(std::nearbyint(a.inputs[0][at] / scale) + zero, range);
      a.output[at] = (quantized - zero) * scale;
    }
  });
}

template void run_loops(const FakeQuantize&, const LoopArguments<float>&);
template void run_loops(const FakeQuantize&, const LoopArguments<double>&);

}  // namespace ockham::reference
