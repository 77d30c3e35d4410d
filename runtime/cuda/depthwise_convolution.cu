#include "runtime/cuda/convolution_launch.cuh"
#include "runtime/cuda/depthwise_convolution.h"
#include "runtime/cuda/depthwise_item.h"

namespace ockham::cuda {
namespace {

/// Calls `visit` with the first of these windows that the convolution has.
template <class First, class... Others, class Visit>
void with_window(const Convolution& c, Visit visit) {
  if constexpr (sizeof...(Others) > 0) {
    if (!First::is_of(c)) return with_window<Others...>(c, visit);
  }
  visit(First());
}

}  // namespace

void convolve_depthwise(const Convolution& c, const void* x, const void* residual, void* y,
                        std::int64_t batch, cudaStream_t stream) {
  const auto fits = [&](int count) { return c.stored_filters % count == 0; };
  with_type(c.type, [&](auto element) {
    using T = decltype(element);
    const auto arrays = arrays_of<T>(x, residual, y);
    with_neighbours<T>(fits, [&](auto filters) {
      with_pixels(c, batch, filters, [&](auto pixels) {
        with_window<KnownWindow<3, 1>, KnownWindow<3, 2>, AnyWindow>(c, [&](auto window) {
          using Layer = DepthwiseStrips<decltype(window), pixels, filters>;
          launch_strips<Layer>(c, arrays, batch, stream);
        });
      });
    });
  });
}

}  // namespace ockham::cuda
