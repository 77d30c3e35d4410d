// Which layers on own tiles gain from weights in bfloat16: those that wait for their weights.
#pragma once

#include <cstdint>

namespace ockham::cpu {

/// Why a layer would gain nothing, or null where it gains. `weights` are all that it has, `pixels`
/// the outputs of an image that each of them is used for: 1 of a linear layer.
const char* why_not_bfloat16(std::int64_t weights, std::int64_t pixels);

}  // namespace ockham::cpu
