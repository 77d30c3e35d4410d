// Binary: functions of two tensors, element by element.
#pragma once

#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Numbers are those of the model file.
enum class BinaryKind : std::uint8_t {
  kAdd = 0,
  kSub,
  kMul,
  kDiv,
  kMax,
  kMin,
  kPow,    ///< a to the power of b
  kPRelu,  ///< a, an activation of the output's shape; below zero a b
  kFmod,   ///< what is left of a after whole multiples of b, with the sign of a
};
inline constexpr BinaryKind kLastBinaryKind = BinaryKind::kFmod;

/// Inputs: a, b, activations of one rank, or one of them a constant, which has all of the other's
/// axes but the batch: [C, H, W] for an image. On each axis the two have the same extent, or one
/// has 1 and is repeated; a constant's extent is 1 or the activation's. Output: the larger extents.
struct Binary {
  BinaryKind kind = BinaryKind::kAdd;

  bool operator==(const Binary&) const = default;
};

/// "add", "sub" ... ; "binary of an unknown kind".
std::string_view name_of(BinaryKind kind);

/// Whether neither input is a constant or repeated: element meets element.
bool is_elementwise(const Binary& op, const OperatorInputs& inputs);

Shape infer_shape(const Binary& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Binary& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
