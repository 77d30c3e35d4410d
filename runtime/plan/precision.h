// Precision: what a session may make of float32 numbers for the sake of speed.
#pragma once

#include <cstdint>
#include <string_view>

namespace ockham {

enum class Precision : std::uint8_t {
  kFloat32,  ///< as the graph says
  kTf32,  ///< factors of products are rounded to 10 bits behind the leading one, sums are float32
  kFloat16,   ///< weights and activations between layers are float16, sums float32
  kBfloat16,  ///< the same with bfloat16
};
inline constexpr Precision kLastPrecision = Precision::kBfloat16;

/// "fp32", "tf32", "fp16", "bf16".
std::string_view name_of(Precision precision);

/// How far an answer computed so may be from the exact one, relative to the largest output, where
/// the network itself amplifies nothing: for self-tests and tests.
double tolerance_of(Precision precision);

}  // namespace ockham
