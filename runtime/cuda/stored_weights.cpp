#include "runtime/cuda/stored_weights.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>

#include "runtime/cuda/shared_constants.h"

namespace ockham::cuda {

std::vector<std::byte> stored(const std::vector<float>& numbers, StoredType type) {
  if (type == StoredType::kFloat32) return bytes_of(numbers);
  if (type == StoredType::kFloat16) {
    std::vector<__half> rounded(numbers.size());
    std::ranges::transform(numbers, rounded.begin(), [](float x) { return __float2half_rn(x); });
    return bytes_of(rounded);
  }
  std::vector<__nv_bfloat16> rounded(numbers.size());
  std::ranges::transform(numbers, rounded.begin(), [](float x) { return __float2bfloat16_rn(x); });
  return bytes_of(rounded);
}

std::vector<float> channels_last_weight(const std::vector<float>& weight, std::size_t filters,
                                        std::size_t taps, const ChannelsLast& format) {
  const std::size_t channels = weight.size() / filters / taps;
  const auto padded = [&](std::size_t count) {
    return static_cast<std::size_t>(format.channels(static_cast<std::int64_t>(count)));
  };
  std::vector<float> moved(padded(filters) * taps * padded(channels), 0.0f);
  for (std::size_t k = 0; k < filters; ++k) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t t = 0; t < taps; ++t) {
        moved[(k * taps + t) * padded(channels) + c] = weight[(k * channels + c) * taps + t];
      }
    }
  }
  return moved;
}

}  // namespace ockham::cuda
