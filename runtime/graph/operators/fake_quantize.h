// FakeQuantize: rounds numbers to those that a small integer type can stand for.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class QuantizedType : std::uint8_t { kUint8 = 0, kInt8, kUint16, kInt16 };
inline constexpr QuantizedType kLastQuantizedType = QuantizedType::kInt16;

/// The smallest and the largest number of a type.
struct QuantizedRange {
  float least, most;
};

/// Inputs: x, any activation; scale and zero point, constants, of one element each, or [K] with K
/// the extent of `axis`. Scales are positive, zero points whole numbers of `type`. Output: (q -
/// zero point) * scale, where q is x / scale, rounded to the nearest whole number (halves to the
/// even one), plus zero point, cut to the range of `type`; the shape of x.
struct FakeQuantize {
  QuantizedType type = QuantizedType::kUint8;
  std::int64_t axis = 1;  ///< not the batch

  bool operator==(const FakeQuantize&) const = default;
};

/// "uint8", "int8" ... ; "of an unknown kind".
std::string_view name_of(QuantizedType type);
/// Of a known type.
QuantizedRange range_of(QuantizedType type);

Shape infer_shape(const FakeQuantize& op, const OperatorInputs& inputs);
NodeCost operator_cost(const FakeQuantize& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
