#include "runtime/cuda/convolution_launch.cuh"
#include "runtime/cuda/direct_convolution.h"
#include "runtime/cuda/direct_item.h"

namespace ockham::cuda {

void convolve_directly(const Convolution& c, const void* x, const void* residual, void* y,
                       std::int64_t batch, cudaStream_t stream) {
  with_type(c.type, [&](auto element) {
    using T = decltype(element);
    const auto arrays = arrays_of<T>(x, residual, y);
    with_neighbours<T>([&](int count) { return share_a_group(c, count); },
                       [&](auto filters) {
                         with_pixels(c, batch, filters, [&](auto pixels) {
                           launch_strips<DirectStrips<pixels, filters>>(c, arrays, batch, stream);
                         });
                       });
  });
}

}  // namespace ockham::cuda
