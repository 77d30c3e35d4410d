// Weights in the types and with the padding that the device's memory wants.
#pragma once

#include <vector>

#include "runtime/plan/storage.h"

namespace ockham::cuda {

/// The bytes of these numbers in a stored type, rounded to nearest.
std::vector<std::byte> stored(const std::vector<float>& numbers, StoredType type);

/// [filters, channels, taps] becomes [padded filters, taps, padded channels], zeros where padded.
std::vector<float> channels_last_weight(const std::vector<float>& weight, std::size_t filters,
                                        std::size_t taps, const ChannelsLast& format);

}  // namespace ockham::cuda
