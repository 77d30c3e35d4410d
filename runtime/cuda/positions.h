// Where the elements of an activation lie in memory.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/plan/execution_plan.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

/// Marks a position in memory that holds none of the activation's elements.
inline constexpr std::int32_t kPadding = -1;

/// For each element of an image, in the graph's order: its position in memory.
std::vector<std::int32_t> positions(const Shape& shape, const Placement& placement);

/// For each position in memory of an image: the element that lies there, or kPadding.
std::vector<std::int32_t> elements_at(const Shape& shape, const Placement& placement);

/// The same for the weight columns of a layer that reads the activation: [rows, elements] becomes
/// [rows, positions], zeros at paddings.
std::vector<float> with_columns_at(const std::vector<float>& weight, const Shape& shape,
                                   const Placement& placement);

}  // namespace ockham::cuda
