// LayerWeights: the weights of a convolution or linear layer as its step applies them, with the
// batch norm behind it folded in and subnormals flushed to zero.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/graph/operators/batch_norm.h"
#include "runtime/plan/execution_plan.h"

namespace ockham {

struct LayerWeights {
  std::vector<float> weight;  ///< in the graph's order
  std::vector<float> bias;    ///< one per filter or neuron, zeros where the graph has none
};

/// Row by row: the weights and bias of a filter or neuron each. Folded in double, rounded once.
class LayerRows {
 public:
  /// Of a step that a Conv2d or Linear computes. Views the graph's constants.
  LayerRows(const Graph& graph, const PlanStep& step);

  std::int64_t count() const { return count_; }
  /// Weights of a row.
  std::int64_t taps() const { return taps_; }
  /// The weights of rows `first` to `last` - 1, one row after the other, in the graph's order.
  void copy_weights(std::int64_t first, std::int64_t last, float* to) const;
  /// Of the same.
  void copy_biases(std::int64_t first, std::int64_t last, float* to) const;

 private:
  void copy_row(std::int64_t row, float* to) const;

  std::int64_t count_, taps_;
  std::span<const float> weight_, bias_;  ///< no bias: empty
  std::optional<AffineMap> norm_;
};

/// All rows, of a step that a Conv2d or Linear computes.
LayerWeights layer_weights(const Graph& graph, const PlanStep& step);

/// Names in PackedWeights what `layer_weights` of this step yields: equal for equal constants.
std::string layer_weights_key(const Graph& graph, const PlanStep& step);

/// What a batch norm node computes.
AffineMap affine_map(const Graph& graph, const Node& batch_norm);

}  // namespace ockham
