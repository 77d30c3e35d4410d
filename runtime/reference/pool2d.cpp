#include <algorithm>

#include "runtime/graph/extrema.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// One window of one channel plane: its first element in padded coordinates, cut to the image.
struct Span {
  std::int64_t begin, end, padded;  ///< inside the image; `padded` counts the padding too
};

Span cut(const Window2d& window, int axis, std::int64_t position, std::int64_t extent) {
  const std::int64_t begin = position * window.stride[axis] - window.pad_begin[axis];
  const std::int64_t end = begin + window.kernel[axis];
  return {std::max<std::int64_t>(begin, 0), std::min(end, extent), window.kernel[axis]};
}

template <class T>
T pool(const Pool2d& op, const T* plane, std::int64_t width, const Span& ys, const Span& xs) {
  T most = plane[ys.begin * width + xs.begin];
  double sum = 0.0;
  for (std::int64_t y = ys.begin; y < ys.end; ++y) {
    for (std::int64_t x = xs.begin; x < xs.end; ++x) {
      most = maximum(most, plane[y * width + x]);
      sum += static_cast<double>(plane[y * width + x]);
    }
  }
  if (op.kind == PoolKind::kMax) return most;
  const std::int64_t inside = (ys.end - ys.begin) * (xs.end - xs.begin);
  const std::int64_t count = op.count_include_pad ? ys.padded * xs.padded : inside;
  return static_cast<T>(sum / static_cast<double>(count));
}

}  // namespace

template <class T>
void run_loops(const Pool2d& op, const LoopArguments<T>& a) {
  const std::int64_t planes = a.shapes[0][0] * a.shapes[0][1];
  const std::int64_t height = a.shapes[0][2], width = a.shapes[0][3];
  const std::int64_t out_height = a.output_shape[2], out_width = a.output_shape[3];
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    for (std::int64_t oy = 0; oy < out_height; ++oy) {
      for (std::int64_t ox = 0; ox < out_width; ++ox) {
        a.output[(plane * out_height + oy) * out_width + ox] =
            pool(op, a.inputs[0] + plane * height * width, width, cut(op.window, 0, oy, height),
                 cut(op.window, 1, ox, width));
      }
    }
  }
}

template void run_loops(const Pool2d&, const LoopArguments<float>&);
template void run_loops(const Pool2d&, const LoopArguments<double>&);

}  // namespace ockham::reference
