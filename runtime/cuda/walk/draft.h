// Draft: the steps of a walk before anything has an address.
#pragma once

#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "runtime/plan/layer_weights.h"
#include "runtime/cuda/walk/element_ids.h"
#include "runtime/cuda/walk/layer_cost.h"
#include "runtime/plan/candidate.h"

namespace ockham::cuda {

/// Memory for the elements of a value, or a constant.
struct DraftBuffer {
  ElementId first = 0;
  std::int64_t elements = 0;
  std::vector<float> constant;  ///< empty: an activation
  /// Steps between which an activation is in use, both included. Step 0 loads the inputs.
  std::size_t written = 0, last_read = 0;
};

struct LayerDraft {
  struct Tap {
    ElementId x;          ///< for pixel 0
    std::int64_t column;  ///< in a row of the weights
  };

  LayerWeights weights;
  LayerExtents extents;
  std::vector<std::vector<Tap>> taps;  ///< of each group
  std::int64_t width = 1;              ///< of the output, in pixels
  std::int64_t row_step = 0, column_step = 0;
  ElementId residual = kZeroElement;  ///< the first element of what is added; zero: nothing
  float low = 0.0f, high = 0.0f;      ///< the output is cut to these
};

struct PoolDraft {
  ElementId input;
  Pool2d op;
  Shape input_shape, output_shape;
};

struct ElementDraft {
  ElementIds left, right;  ///< as many as the output has; right: or none
  std::optional<BinaryKind> binary;
  std::optional<Unary> unary;
};

struct SoftmaxDraft {
  ElementId input;
  Softmax op;
  Shape shape;
};

struct DraftStep {
  std::variant<LayerDraft, PoolDraft, ElementDraft, SoftmaxDraft> what;
  std::size_t output = 0;  ///< buffer
};

struct Draft {
  std::vector<DraftBuffer> buffers;  ///< by their elements; the first is a zero
  std::vector<DraftStep> steps;
  std::vector<std::size_t> inputs;  ///< buffers
  std::vector<ElementId> outputs;   ///< first elements, the others follow
  std::vector<std::int64_t> output_elements;

  /// The buffer that holds an element.
  const DraftBuffer& buffer_of(ElementId id) const;
  DraftBuffer& buffer_of(ElementId id);
};

/// Nullopt when walks do not know an operator of the network.
std::optional<Draft> make_draft(const PlanRequest& request);

}  // namespace ockham::cuda
