// Normalisation by what the image itself holds: InstanceNormalization, GroupNormalization and
// LayerNormalization. Each is spelled out in operators of the Graph: mean, variance, and what is
// done with them.
#include <numeric>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/global_pool.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"
#include "runtime/graph/number_text.h"

namespace ockham::converters::onnx_io {
namespace {

using Dims = std::vector<std::int64_t>;

/// A number that meets a value of this rank.
ValueId number(NodeImport& node, std::string_view what, int rank, float value) {
  return node.made_constant(what, Shape(Dims(static_cast<std::size_t>(rank) - 1, 1)), {value});
}

/// The mean over `axes`, which keep extent 1; over images a pool, for which there are fast kernels.
Operator mean_over(const Dims& axes, const Shape& x) {
  if (x.rank() == 4 && axes == Dims{2, 3}) return global_pool(PoolKind::kAverage, x);
  return Reduce{ReduceKind::kMean, axes, true};
}

float import_epsilon(NodeImport& node) {
  const float epsilon = node.attributes().number("epsilon", 1e-5f);
  if (epsilon >= 0.0f) return epsilon;
  node.unsupported("attribute 'epsilon' is " + number_text(epsilon) + "; supported: 0 or more");
}

/// (x - mean) / sqrt(variance + epsilon), where the chain's value is x. Returns the divisor.
ValueId add_normalization(NodeImport& node, NodeChain& chain, const Dims& axes, float epsilon) {
  const ValueId x = chain.value();
  const Shape shape = node.shape(x);
  const Operator mean = mean_over(axes, shape);
  const ValueId means = node.compute(mean, {x});
  const ValueId centred = node.compute(Binary{BinaryKind::kSub}, {x, means});
  const ValueId squares = node.compute(Binary{BinaryKind::kMul}, {centred, centred});
  const ValueId variance = node.compute(mean, {squares});
  const ValueId more = node.compute(Binary{BinaryKind::kAdd},
                                    {variance, number(node, "epsilon", shape.rank(), epsilon)});
  const ValueId standard_deviation = node.compute(Unary{UnaryKind::kSqrt}, {more});
  chain.start(Binary{BinaryKind::kDiv}, {centred, standard_deviation});
  return standard_deviation;
}

void add_constant(NodeChain& chain, BinaryKind kind, ValueId constant) {
  const ValueId value = chain.value();
  chain.start(Binary{kind}, {value, constant});
}

/// Constant input `i`, one number for each of `channels`, or for each of `groups` of these.
ValueId per_channel(NodeImport& node, std::size_t i, std::int64_t channels, std::int64_t groups,
                    int rank) {
  const auto given = node.floats(i).elements.floats;
  const auto count = static_cast<std::int64_t>(given.size());
  if (count != channels && count != groups) {
    node.invalid(node.input_text(i) + " has " + std::to_string(count) + " elements, expected " +
                 std::to_string(channels) + ", one for each channel");
  }
  Dims dims(static_cast<std::size_t>(rank) - 1, 1);
  dims[0] = channels;
  if (count == channels) return node.reshaped_constant(i, Shape(dims));
  std::vector<float> repeated = node.new_floats(static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < repeated.size(); ++c) {
    repeated[c] = given[c / static_cast<std::size_t>(channels / groups)];
  }
  return node.derived_constant(i, Shape(dims), std::move(repeated));
}

/// Scale and shift per channel, inputs 1 and 2.
void add_affine(NodeImport& node, NodeChain& chain, std::int64_t channels, std::int64_t groups) {
  const int rank = chain.shape().rank();
  add_constant(chain, BinaryKind::kMul, per_channel(node, 1, channels, groups, rank));
  add_constant(chain, BinaryKind::kAdd, per_channel(node, 2, channels, groups, rank));
}

/// The value that normalisation per channel or group works on. Throws Error(kUnsupported) unless
/// it has axes behind the channels.
ValueId import_images(NodeImport& node) {
  node.expect_inputs(3, 3);
  const ValueId x = node.activation(0);
  if (node.shape(x).rank() >= 3) return as_images(node, x);
  node.unsupported(node.input_text(0) + " has shape " + node.shape(x).text() +
                   "; supported: [N, C, ...] with axes behind the channels");
}

/// Axes `first` to the last of a value of this rank.
Dims axes_from(std::int64_t first, int rank) {
  Dims axes(static_cast<std::size_t>(rank - first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// Extents behind the channels: what a Reshape says of a shape.
Dims inner(const Shape& shape) { return {shape.dims().begin() + 2, shape.dims().end()}; }

/// Finishes a chain that works on what `import_images` gave.
void finish(NodeImport& node, NodeChain& chain) {
  if (node.shape(node.activation(0)).rank() == 3) return chain.finish_on_images(1);
  chain.finish();
}

/// Constant input `i` of LayerNormalization, which meets the last axes of a value of this rank.
ValueId trailing_constant(NodeImport& node, std::size_t i, const Shape& x) {
  Dims dims = node.floats(i).dims;
  const auto wanted = static_cast<std::size_t>(x.rank()) - 1;
  bool fits = dims.size() <= wanted;
  if (fits) dims.insert(dims.begin(), wanted - dims.size(), 1);
  for (std::size_t axis = 0; axis < wanted && fits; ++axis) {
    fits = dims[axis] == 1 || dims[axis] == x[static_cast<int>(axis) + 1];
  }
  if (!fits) {
    node.invalid(node.input_text(i) + " has shape " + Shape(node.floats(i).dims).text() +
                 ", which does not fit " + x.text());
  }
  return node.reshaped_constant(i, Shape(dims));
}

}  // namespace

void import_instance_normalization(NodeImport& node) {
  const float epsilon = import_epsilon(node);
  const ValueId x = import_images(node);
  const Shape shape = node.shape(x);
  NodeChain chain(node, x);
  add_normalization(node, chain, axes_from(2, shape.rank()), epsilon);
  add_affine(node, chain, shape[1], shape[1]);
  finish(node, chain);
}

// Of opset 18, with scale and shift per group, and of opset 21, with both per channel.
void import_group_normalization(NodeImport& node) {
  const float epsilon = import_epsilon(node);
  node.attributes().integer("stash_type", 1);  // how exactly inner sums are kept
  const std::int64_t groups = node.attributes().integer("num_groups", 0);
  const ValueId x = import_images(node);
  const Shape shape = node.shape(x);
  if (groups < 1 || shape[1] % groups != 0) {
    node.invalid("attribute 'num_groups' is " + std::to_string(groups) +
                 ", which is no divisor of " + std::to_string(shape[1]) + " channels");
  }
  NodeChain chain(node, x);
  chain.add(Reshape{{shape.elements() / groups}});
  add_normalization(node, chain, {2}, epsilon);
  chain.add(Reshape{inner(shape)});
  add_affine(node, chain, shape[1], groups);
  finish(node, chain);
}

void import_layer_normalization(NodeImport& node) {
  node.expect_inputs(2, 3);
  const float epsilon = import_epsilon(node);
  node.attributes().integer("stash_type", 1);
  const ValueId x = node.activation(0);
  const Shape shape = node.shape(x);
  const std::int64_t first = import_axis(node, node.attributes().integer("axis", -1), shape.rank());
  const ValueId scale = trailing_constant(node, 1, shape);
  NodeChain chain(node, x);
  const Dims axes = axes_from(first, shape.rank());
  const ValueId standard_deviation = add_normalization(node, chain, axes, epsilon);
  add_constant(chain, BinaryKind::kMul, scale);
  if (node.has_input(2)) {
    add_constant(chain, BinaryKind::kAdd, trailing_constant(node, 2, shape));
  }
  chain.finish();
  // The mean and the reciprocal of the standard deviation, if they have names.
  if (node.output_count() > 1) node.emit_output(1, Reduce{ReduceKind::kMean, axes, true}, {x});
  if (node.output_count() > 2) {
    node.emit_output(2, Unary{UnaryKind::kReciprocal}, {standard_deviation});
  }
}

}  // namespace ockham::converters::onnx_io
