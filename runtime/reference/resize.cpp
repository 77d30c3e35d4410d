#include "runtime/graph/operators/resize_taps.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Resize& op, const LoopArguments<T>& a) {
  const std::int64_t height = a.shapes[0][2], width = a.shapes[0][3];
  const std::int64_t images = a.shapes[0][0] * a.shapes[0][1];
  T* y = a.output;
  for (std::int64_t image = 0; image < images; ++image) {
    const T* x = a.inputs[0] + image * height * width;
    for (std::int64_t h = 0; h < op.size[0]; ++h) {
      for (std::int64_t w = 0; w < op.size[1]; ++w) {
        if (is_outside(op, 0, height, h) || is_outside(op, 1, width, w)) {
          *y++ = T{op.outside};
          continue;
        }
        double sum = 0.0;
        for_each_tap(op, 0, height, h, [&](std::int64_t row, double row_weight) {
          for_each_tap(op, 1, width, w, [&](std::int64_t column, double weight) {
            sum += row_weight * weight * static_cast<double>(x[row * width + column]);
          });
        });
        *y++ = static_cast<T>(sum);
      }
    }
  }
}

template void run_loops(const Resize&, const LoopArguments<float>&);
template void run_loops(const Resize&, const LoopArguments<double>&);

}  // namespace ockham::reference
