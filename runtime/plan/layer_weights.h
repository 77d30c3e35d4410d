// LayerWeights: the weights of a convolution or linear layer as its step applies them, with the
// batch norm behind it folded in and subnormals flushed to zero.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/operators/batch_norm.h"
#include "runtime/plan/execution_plan.h"

namespace ockham {

struct LayerWeights {
  std::vector<float> weight;  ///< in the graph's order
  std::vector<float> bias;    ///< one per filter or neuron, zeros where the graph has none
};

/// Of a step that a Conv2d or Linear computes. Folded in double, rounded once.
LayerWeights layer_weights(const Graph& graph, const PlanStep& step);

/// Names in PackedWeights what `layer_weights` of this step yields: equal for equal constants.
std::string layer_weights_key(const Graph& graph, const PlanStep& step);

/// What a batch norm node computes.
AffineMap affine_map(const Graph& graph, const Node& batch_norm);

}  // namespace ockham
