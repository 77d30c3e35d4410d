#include "runtime/cuda/elements.cuh"
#include "runtime/cuda/epilogue.h"

namespace ockham::cuda {
namespace {

template <class T>
__global__ void finish(Epilogue epilogue, const T* residual, T* y, std::int64_t count) {
  for (std::int64_t i = thread_index(); i < count; i += thread_count()) {
    const std::int64_t c = i % epilogue.stored;
    float sum = to_float(y[i]) + epilogue.bias[c];
    if (residual != nullptr) sum += to_float(residual[i]);
    y[i] = from_float<T>(c < epilogue.channels ? epilogue.behind(sum) : 0.0f);
  }
}

}  // namespace

void apply_epilogue(const Epilogue& epilogue, const void* residual, void* y, std::int64_t pixels,
                    cudaStream_t stream) {
  const std::int64_t count = pixels * epilogue.stored;
  with_type(epilogue.type, [&](auto element) {
    using T = decltype(element);
    finish<<<blocks_for(count), kBlock, 0, stream>>>(epilogue, static_cast<const T*>(residual),
                                                     static_cast<T*>(y), count);
  });
  check_launch("adding biases");
}

}  // namespace ockham::cuda
