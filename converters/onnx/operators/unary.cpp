#include <limits>

#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/text.h"

namespace ockham::converters::onnx_io {
namespace {

void import_function(NodeImport& node, const Unary& op) {
  node.expect_inputs(1, 1);
  emit_elementwise(node, op, {node.activation(0)});
}

/// A bound of Clip: an input from opset 11 on, an attribute before.
float import_bound(NodeImport& node, std::size_t i, std::string_view attribute, float otherwise) {
  const float bound = node.attributes().number(attribute, otherwise);
  if (!node.has_input(i)) return bound;
  const auto elements = node.floats(i).elements.floats;
  if (elements.size() != 1) {
    node.unsupported(node.input_text(i) + " has " + std::to_string(elements.size()) +
                     " elements; supported: a single number");
  }
  return elements[0];
}

std::string_view onnx_operator(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kRelu:
      return "Relu";
    case UnaryKind::kLeakyRelu:
      return "LeakyRelu";
    case UnaryKind::kClip:
      return "Clip";
    case UnaryKind::kSigmoid:
      return "Sigmoid";
    case UnaryKind::kTanh:
      return "Tanh";
    case UnaryKind::kHardSigmoid:
      return "HardSigmoid";
    case UnaryKind::kHardSwish:
      return "HardSwish";
    case UnaryKind::kElu:
      return "Elu";
    case UnaryKind::kSoftplus:
      return "Softplus";
    case UnaryKind::kGelu:
    case UnaryKind::kTanhGelu:
      return "Gelu";
    case UnaryKind::kExp:
      return "Exp";
    case UnaryKind::kSqrt:
      return "Sqrt";
    case UnaryKind::kErf:
      return "Erf";
  }
  return "";
}

constexpr std::int64_t kFirstOpsetWithGelu = 20;

void export_gelu(const Unary& op, NodeExport& node) {
  node.need_opset(kFirstOpsetWithGelu);
  node.set_text("approximate", op.kind == UnaryKind::kTanhGelu ? "tanh" : "none");
}

}  // namespace

void import_clip(NodeImport& node) {
  node.expect_inputs(1, 3);
  using Limits = std::numeric_limits<float>;
  const float lower = import_bound(node, 1, "min", Limits::lowest());
  const float upper = import_bound(node, 2, "max", Limits::max());
  emit_elementwise(node, Unary{UnaryKind::kClip, lower, upper}, {node.activation(0)});
}

void import_elu(NodeImport& node) {
  import_function(node, {UnaryKind::kElu, node.attributes().number("alpha", 1.0f)});
}

void import_erf(NodeImport& node) { import_function(node, {UnaryKind::kErf}); }
void import_exp(NodeImport& node) { import_function(node, {UnaryKind::kExp}); }

void import_gelu(NodeImport& node) {
  const std::string approximate = node.attributes().text("approximate", "none");
  if (approximate != "none" && approximate != "tanh") {
    node.unsupported("attribute 'approximate' is " + shown(approximate) +
                     "; supported: none, tanh");
  }
  import_function(node, {approximate == "tanh" ? UnaryKind::kTanhGelu : UnaryKind::kGelu});
}

void import_hard_sigmoid(NodeImport& node) {
  const float alpha = node.attributes().number("alpha", 0.2f);
  import_function(node, {UnaryKind::kHardSigmoid, alpha, node.attributes().number("beta", 0.5f)});
}

void import_hard_swish(NodeImport& node) { import_function(node, {UnaryKind::kHardSwish}); }

void import_leaky_relu(NodeImport& node) {
  import_function(node, {UnaryKind::kLeakyRelu, node.attributes().number("alpha", 0.01f)});
}

void import_relu(NodeImport& node) { import_function(node, {UnaryKind::kRelu}); }
void import_sigmoid(NodeImport& node) { import_function(node, {UnaryKind::kSigmoid}); }
void import_softplus(NodeImport& node) { import_function(node, {UnaryKind::kSoftplus}); }
void import_sqrt(NodeImport& node) { import_function(node, {UnaryKind::kSqrt}); }
void import_tanh(NodeImport& node) { import_function(node, {UnaryKind::kTanh}); }

void export_node(const Unary& op, NodeExport& node) {
  node.set_operator(onnx_operator(op.kind));
  switch (op.kind) {
    case UnaryKind::kLeakyRelu:
    case UnaryKind::kElu:
      return node.set_number("alpha", op.alpha);
    case UnaryKind::kHardSigmoid:
      node.set_number("alpha", op.alpha);
      return node.set_number("beta", op.beta);
    case UnaryKind::kClip:
      node.add_number_input("min", op.alpha);
      return node.add_number_input("max", op.beta);
    case UnaryKind::kGelu:
    case UnaryKind::kTanhGelu:
      return export_gelu(op, node);
    default:
      return;
  }
}

}  // namespace ockham::converters::onnx_io
