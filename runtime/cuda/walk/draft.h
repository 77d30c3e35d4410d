// Draft: the steps of a walk before anything has an address.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "runtime/cuda/element_ids.h"
#include "runtime/cuda/walk/layer_cost.h"
#include "runtime/plan/candidate.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cuda {

/// Memory for the elements of a value, or a constant.
struct DraftBuffer {
  std::int64_t elements = 0;
  std::vector<float> constant;  ///< empty: an activation
  bool has_border = false;      ///< of zeros that stay
  /// Steps between which an activation is in use, both included. Step 0 loads the inputs.
  std::size_t written = 0, last_read = 0;
};

/// As ImagePlace says.
struct DraftPlace {
  ElementId first = kZeroElement;
  std::int64_t row = 0, channel = 0;
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
  DraftPlace output;
  std::optional<DraftPlace> residual;  ///< what is added
  float low = 0.0f, high = 0.0f;       ///< the output is cut to these
};

struct PoolDraft {
  DraftPlace input, output;
  Pool2d op;
  Shape input_shape, output_shape;
};

struct ElementDraft {
  ElementIds left, right;           ///< as many as the output has; right: or none
  ElementId output = kZeroElement;  ///< the first; the others follow
  std::optional<BinaryKind> binary;
  std::optional<Unary> unary;
};

struct SoftmaxDraft {
  ElementId input, output;  ///< the first; the others follow
  Softmax op;
  Shape shape;
};

using DraftStep = std::variant<LayerDraft, PoolDraft, ElementDraft, SoftmaxDraft>;

struct DraftInput {
  DraftPlace place;
  Shape shape;
};

struct DraftOutput {
  ElementId first;  ///< the others follow
  std::int64_t elements;
};

struct Draft {
  std::vector<DraftBuffer> buffers;  ///< by buffer_index; the first holds the zero
  std::vector<DraftStep> steps;
  std::vector<DraftInput> inputs;
  std::vector<DraftOutput> outputs;
};

/// How a padded convolution comes by its zeros.
enum class Borders {
  kStay,    ///< around images that have memory of their own for all of the walk
  kCopied,  ///< a step of its own copies the image into a larger one
};

/// Nullopt when walks do not know an operator of the network.
std::optional<Draft> make_draft(const PlanRequest& request, Borders borders);

}  // namespace ockham::cuda
