#include "runtime/cuda/elements.cuh"
#include "runtime/cuda/pack_image.h"

namespace ockham::cuda {
namespace {

/// One thread for `count` neighbouring channels of each pixel. Neighbouring threads have
/// neighbouring pixels, so that they read side by side.
template <class T, int count>
__global__ void pack(ImagePacking p, const float* x, Neighbours<T, count>* y,
                     std::int64_t results) {
  const int groups = p.stored / count;
  for (std::int64_t i = thread_index(); i < results; i += thread_count()) {
    const int pixel = static_cast<int>(i % p.pixels);
    const std::int64_t rest = i / p.pixels;
    const int group = static_cast<int>(rest % groups);
    const std::int64_t image = rest / groups;
    const float* from = x + image * p.channels * p.pixels + pixel;
    Neighbours<T, count> found;
    for (int k = 0; k < count; ++k) {
      const int c = group * count + k;
      found.elements[k] =
          from_float<T>(c < p.channels ? from[static_cast<std::int64_t>(c) * p.pixels] : 0.0f);
    }
    y[(image * p.pixels + pixel) * groups + group] = found;
  }
}

}  // namespace

void pack_images(const ImagePacking& packing, const float* x, void* y, std::int64_t batch,
                 cudaStream_t stream) {
  const std::int64_t elements = batch * packing.pixels * packing.stored;
  with_type(packing.type, [&](auto element) {
    using T = decltype(element);
    const auto fits = [&](int count) { return packing.stored % count == 0; };
    with_neighbours<T>(fits, [&](auto count) {
      pack<T, count><<<blocks_for(elements / count), kBlock, 0, stream>>>(
          packing, x, static_cast<Neighbours<T, count>*>(y), elements / count);
    });
  });
  check_launch("packing images");
}

}  // namespace ockham::cuda
