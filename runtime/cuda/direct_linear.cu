#include "runtime/cuda/direct_linear.h"
#include "runtime/cuda/elements.cuh"

namespace ockham::cuda {
namespace {

template <class T, class W>
__global__ void linear(DirectLinear layer, const T* x, const T* residual, T* y,
                       std::int64_t count) {
  constexpr unsigned kAll = 0xffffffffu;
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (std::int64_t i = thread_index() / 32; i < count; i += thread_count() / 32) {
    const int neuron = static_cast<int>(i % layer.stored_neurons);
    const T* image = x + i / layer.stored_neurons * layer.inputs;
    const W* row =
        static_cast<const W*>(layer.weight) + static_cast<std::int64_t>(neuron) * layer.inputs;
    float sum = 0.0f;
    for (int k = lane; k < layer.inputs; k += 32) sum += to_float(image[k]) * to_float(row[k]);
    for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(kAll, sum, step);
    if (lane != 0) continue;
    sum += layer.bias[neuron];
    if (residual != nullptr) sum += to_float(residual[i]);
    y[i] = from_float<T>(neuron < layer.neurons ? layer.behind(sum) : 0.0f);
  }
}

}  // namespace

void apply_linear_directly(const DirectLinear& layer, const void* x, const void* residual, void* y,
                           std::int64_t batch, cudaStream_t stream) {
  const std::int64_t count = batch * layer.stored_neurons;
  with_type(layer.type, [&](auto element) {
    using T = decltype(element);
    const auto launch = [&]<class W>(W) {
      linear<T, W><<<blocks_for(count * 32), kBlock, 0, stream>>>(layer, static_cast<const T*>(x),
                                                                  static_cast<const T*>(residual),
                                                                  static_cast<T*>(y), count);
    };
    layer.weight_type == layer.type ? launch(T{}) : launch(float{});
  });
  check_launch("applying a linear layer");
}

}  // namespace ockham::cuda
