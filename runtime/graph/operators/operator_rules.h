// What the rules of every operator are made of: the inputs they look at, the cost they return, and
// the checks they share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/error.h"
#include "runtime/graph/shape.h"

namespace ockham {

/// An operator's input as its rules see it.
struct OperatorInput {
  Shape shape;
  bool is_constant = false;
};

/// The inputs of one node, and how to name it in an error.
struct OperatorInputs {
  std::string where;  ///< "node 'conv1' (conv2d)"
  std::vector<OperatorInput> inputs;

  std::size_t size() const { return inputs.size(); }
  const OperatorInput& operator[](std::size_t i) const { return inputs[i]; }
};

/// Cost of one node for one image.
struct NodeCost {
  std::int64_t macs = 0;           ///< multiply-accumulates; padding counted, divided by groups
  std::int64_t params = 0;         ///< weights and biases, without batch norm
  std::int64_t bytes_read = 0;     ///< activations and constants
  std::int64_t bytes_written = 0;  ///< activations
};

/// Product and sum that stop at the largest number instead of overflowing: extents claimed by a
/// file are bounded one by one, what they multiply to is not.
std::int64_t saturating_multiply(std::int64_t a, std::int64_t b);
std::int64_t saturating_add(std::int64_t a, std::int64_t b);

/// Throws Error(kInvalidModel) "<where>: <text>".
[[noreturn]] void fail(const OperatorInputs& inputs, const std::string& text);

/// Checks the number of inputs.
void expect_inputs(const OperatorInputs& inputs, std::size_t least, std::size_t most);
/// Input `i` must be an activation (starting with the batch) of this rank; rank 0: any from 2.
void expect_activation(const OperatorInputs& inputs, std::size_t i, int rank);
/// Input `i` must be a constant of this rank.
void expect_constant(const OperatorInputs& inputs, std::size_t i, int rank);
/// `kind` must be one of its enum's, which counts from 0 and has a `name_of`.
template <class Kind>
void expect_kind(const OperatorInputs& inputs, Kind kind, Kind last) {
  if (kind <= last) return;
  fail(inputs, "kind " + std::to_string(static_cast<int>(kind)) + ", expected 0 (" +
                   std::string(name_of(Kind{})) + ") to " + std::to_string(static_cast<int>(last)) +
                   " (" + std::string(name_of(last)) + ")");
}
/// `axis` must be one of input 0's, and not the batch.
void expect_axis(const OperatorInputs& inputs, std::int64_t axis);
/// `axis` must be one of input 0's behind the channels.
void expect_spatial_axis(const OperatorInputs& inputs, std::int64_t axis);
/// There must be indices, from `least` to `extent` - 1.
void expect_indices(const OperatorInputs& inputs, const std::vector<std::int64_t>& indices,
                    std::int64_t least, std::int64_t extent);
/// Indices along `axis` of input 0 must be exact in float32.
void expect_exact_indices(const OperatorInputs& inputs, std::int64_t axis);
/// Input `i` must have this shape.
void expect_shape(const OperatorInputs& inputs, std::size_t i, const Shape& shape,
                  std::string_view role);
/// The output must not have more than kMaxElements.
void expect_size(const OperatorInputs& inputs, const Shape& output);

/// Two-dimensional window as convolutions and pools have it. Order: height, width.
struct Window2d {
  std::int64_t kernel[2] = {1, 1};
  std::int64_t stride[2] = {1, 1};
  std::int64_t pad_begin[2] = {0, 0};  ///< top, left
  std::int64_t pad_end[2] = {0, 0};    ///< bottom, right
  std::int64_t dilation[2] = {1, 1};

  bool operator==(const Window2d&) const = default;
};

/// Checks a window's attributes and returns the output extent on `axis` (0 height, 1 width) for an
/// input of that extent: floor((in + pads - dilation (kernel - 1) - 1) / stride) + 1.
std::int64_t window_output(const OperatorInputs& inputs, const Window2d& window, int axis,
                           std::int64_t extent);

}  // namespace ockham
