#include <algorithm>
#include <iterator>
#include <string>

#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"
#include "converters/onnx/text.h"

namespace ockham::converters::onnx_io {

namespace {

/// The weight [O, I, k] of a one-dimensional convolution as [O, I, 1, k]; others as they are.
ValueId import_weight(NodeImport& node, const std::vector<std::int64_t>& dims) {
  if (dims.size() == 4) return node.constant(1);
  return node.reshaped_constant(1, {dims[0], dims[1], 1, dims[2]});
}

struct Convolution {
  Conv2d op;
  std::vector<ValueId> inputs;
  int spatial_axes;
};

/// What Conv and FusedConv share.
Convolution import_convolution(NodeImport& node) {
  const int spatial_axes = count_spatial_axes(node, 0);
  const std::vector<std::int64_t> kernel = import_conv_kernel(node, spatial_axes);
  Convolution conv{.op = {}, .inputs = {}, .spatial_axes = spatial_axes};
  const ValueId x = as_images(node, node.activation(0));
  conv.op.window = import_window(node, spatial_axes, node.shape(x), kernel);
  conv.op.groups = node.attributes().integer("group", 1);
  conv.inputs = {x, import_weight(node, node.floats(1).dims)};
  if (node.has_input(2)) conv.inputs.push_back(node.constant(2));
  return conv;
}

/// Activations that ONNX Runtime puts into a FusedConv, and how many parameters each has.
struct FusedActivation {
  std::string_view name;
  UnaryKind kind;
  std::size_t parameters;
};

constexpr FusedActivation kFusedActivations[] = {
    {"Relu", UnaryKind::kRelu, 0}, {"Sigmoid", UnaryKind::kSigmoid, 0},
    {"Tanh", UnaryKind::kTanh, 0}, {"LeakyRelu", UnaryKind::kLeakyRelu, 1},
    {"Clip", UnaryKind::kClip, 2}, {"HardSigmoid", UnaryKind::kHardSigmoid, 2},
};

Unary import_activation(NodeImport& node) {
  const std::string name = node.attributes().text("activation", "");
  const auto known = std::ranges::find(kFusedActivations, name, &FusedActivation::name);
  if (known == std::end(kFusedActivations)) {
    std::string names;
    for (const FusedActivation& activation : kFusedActivations) {
      names += (names.empty() ? "" : ", ") + std::string(activation.name);
    }
    node.unsupported("attribute 'activation' is " + shown(name) + "; supported: " + names);
  }
  const std::vector<float> parameters = node.attributes().numbers("activation_params", {});
  if (parameters.size() < known->parameters) {
    node.invalid("attribute 'activation_params' has " + std::to_string(parameters.size()) +
                 " numbers, expected " + std::to_string(known->parameters) + " for " + name);
  }
  Unary unary{known->kind};
  if (known->parameters > 0) unary.alpha = parameters[0];
  if (known->parameters > 1) unary.beta = parameters[1];
  return unary;
}

}  // namespace

void import_conv(NodeImport& node) {
  node.expect_inputs(2, 3);
  Convolution conv = import_convolution(node);
  emit_on_images(node, conv.spatial_axes, conv.op, std::move(conv.inputs));
}

// A convolution, a sum with input 3 if there is one, and an activation, as ONNX Runtime saves
// networks that it has optimised.
void import_fused_conv(NodeImport& node) {
  node.expect_inputs(2, 4);
  Convolution conv = import_convolution(node);
  NodeChain chain(node, conv.inputs[0]);
  chain.start(conv.op, std::move(conv.inputs));
  if (node.has_input(3)) {
    const ValueId addend = as_images(node, node.activation(3));
    const ValueId product = chain.value();
    chain.start(Binary{BinaryKind::kAdd}, {product, addend});
  }
  if (node.attributes().has("activation")) chain.add(import_activation(node));
  chain.finish_on_images(conv.spatial_axes);
}

void export_node(const Conv2d& op, NodeExport& node) {
  node.set_operator("Conv");
  export_window(op.window, node);
  node.set_integers("dilations", {op.window.dilation[0], op.window.dilation[1]});
  node.set_integer("group", op.groups);
}

}  // namespace ockham::converters::onnx_io
