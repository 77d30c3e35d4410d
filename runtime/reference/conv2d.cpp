#include "runtime/reference/operator_loops.h"

namespace ockham::reference {

template <class T>
void run_loops(const Conv2d& op, const LoopArguments<T>& a) {
  const Shape& x_shape = a.shapes[0];
  const Shape& w_shape = a.shapes[1];
  const std::int64_t channels = x_shape[1], height = x_shape[2], width = x_shape[3];
  const std::int64_t filters = w_shape[0], depth = w_shape[1], kh = w_shape[2], kw = w_shape[3];
  const std::int64_t out_height = a.output_shape[2], out_width = a.output_shape[3];
  const Window2d& window = op.window;
  for (std::int64_t n = 0; n < x_shape[0]; ++n) {
    for (std::int64_t f = 0; f < filters; ++f) {
      const std::int64_t first_channel = f / (filters / op.groups) * depth;
      for (std::int64_t oy = 0; oy < out_height; ++oy) {
        for (std::int64_t ox = 0; ox < out_width; ++ox) {
          T sum = a.inputs.size() == 3 ? a.inputs[2][f] : T{0};
          for (std::int64_t c = 0; c < depth; ++c) {
            for (std::int64_t ky = 0; ky < kh; ++ky) {
              const std::int64_t y =
                  oy * window.stride[0] - window.pad_begin[0] + ky * window.dilation[0];
              if (y < 0 || y >= height) continue;
              for (std::int64_t kx = 0; kx < kw; ++kx) {
                const std::int64_t x =
                    ox * window.stride[1] - window.pad_begin[1] + kx * window.dilation[1];
                if (x < 0 || x >= width) continue;
                sum += a.inputs[0][((n * channels + first_channel + c) * height + y) * width + x] *
                       a.inputs[1][((f * depth + c) * kh + ky) * kw + kx];
              }
            }
          }
          a.output[((n * filters + f) * out_height + oy) * out_width + ox] = sum;
        }
      }
    }
  }
}

template void run_loops(const Conv2d&, const LoopArguments<float>&);
template void run_loops(const Conv2d&, const LoopArguments<double>&);

}  // namespace ockham::reference
