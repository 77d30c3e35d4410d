// SpatialGather: selects positions along one axis behind the channels.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

/// Input: x [N, C, ...]. Output: the same with K positions on `axis`, y[.., k, ..] =
/// x[.., indices[k], ..]. Slices, splits and mirrored or repeated borders of images are this.
struct SpatialGather {
  std::int64_t axis = 2;              ///< behind the channels
  std::vector<std::int64_t> indices;  ///< K of them, each a position on the axis

  bool operator==(const SpatialGather&) const = default;
};

Shape infer_shape(const SpatialGather& op, const OperatorInputs& inputs);
NodeCost operator_cost(const SpatialGather& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
