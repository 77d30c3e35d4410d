#include <algorithm>
#include <cmath>
#include <limits>

#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/text.h"

namespace ockham::converters::onnx_io {
namespace {

/// An attribute of ONNX's operator, and what it is when it is left off.
struct Parameter {
  std::string_view name;
  float otherwise = 0.0f;
};

/// An ONNX operator that is a function of each element, whose attributes are alpha and beta.
struct Function {
  std::string_view op_type;
  UnaryKind kind;
  Parameter alpha = {}, beta = {};
  std::int64_t opset = 1;  ///< the first that has it, as far as that is newer than what is written
};

// Clip and Gelu are written in ways of their own.
constexpr Function kFunctions[] = {
    {"Abs", UnaryKind::kAbs},
    {"Acos", UnaryKind::kAcos},
    {"Acosh", UnaryKind::kAcosh},
    {"Asin", UnaryKind::kAsin},
    {"Asinh", UnaryKind::kAsinh},
    {"Atan", UnaryKind::kAtan},
    {"Atanh", UnaryKind::kAtanh},
    {"Ceil", UnaryKind::kCeil},
    {"Celu", UnaryKind::kCelu, {"alpha", 1.0f}},
    {"Cos", UnaryKind::kCos},
    {"Cosh", UnaryKind::kCosh},
    {"Elu", UnaryKind::kElu, {"alpha", 1.0f}},
    {"Erf", UnaryKind::kErf},
    {"Exp", UnaryKind::kExp},
    {"Floor", UnaryKind::kFloor},
    {"HardSigmoid", UnaryKind::kHardSigmoid, {"alpha", 0.2f}, {"beta", 0.5f}},
    {"HardSwish", UnaryKind::kHardSwish},
    {"LeakyRelu", UnaryKind::kLeakyRelu, {"alpha", 0.01f}},
    {"Log", UnaryKind::kLog},
    {"Mish", UnaryKind::kMish, {}, {}, 18},
    {"Neg", UnaryKind::kNeg},
    {"Reciprocal", UnaryKind::kReciprocal},
    {"Relu", UnaryKind::kRelu},
    {"Round", UnaryKind::kRound},
    {"Selu",
     UnaryKind::kSelu,
     {"alpha", 1.67326319217681884765625f},
     {"gamma", 1.05070102214813232421875f}},
    {"Shrink", UnaryKind::kShrink, {"lambd", 0.5f}, {"bias", 0.0f}},
    {"Sigmoid", UnaryKind::kSigmoid},
    {"Sign", UnaryKind::kSign},
    {"Sin", UnaryKind::kSin},
    {"Sinh", UnaryKind::kSinh},
    {"Softplus", UnaryKind::kSoftplus},
    {"Softsign", UnaryKind::kSoftsign},
    {"Sqrt", UnaryKind::kSqrt},
    {"Tan", UnaryKind::kTan},
    {"Tanh", UnaryKind::kTanh},
    {"ThresholdedRelu", UnaryKind::kThresholdedRelu, {"alpha", 1.0f}},
};

float import_parameter(NodeImport& node, const Parameter& parameter) {
  if (parameter.name.empty()) return 0.0f;
  return node.attributes().number(parameter.name, parameter.otherwise);
}

void emit_function(NodeImport& node, const Unary& op) {
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

/// A single number that is compared with every element of `x`.
ValueId broadcast(NodeImport& node, ValueId x, const char* name, float number) {
  const auto rank = static_cast<std::size_t>(node.shape(x).rank());
  return node.made_constant(name, Shape(std::vector<std::int64_t>(rank - 1, 1)), {number});
}

/// A clip of which one bound, or each, is infinite: none at all.
void emit_one_sided(NodeImport& node, ValueId x, float lower, float upper) {
  if (std::isinf(lower) && std::isinf(upper)) return node.pass_through(0);
  if (std::isinf(lower)) {
    return emit_elementwise(node, Binary{BinaryKind::kMin}, {x, broadcast(node, x, "max", upper)});
  }
  if (lower == 0.0f) return emit_elementwise(node, Unary{UnaryKind::kRelu}, {x});
  emit_elementwise(node, Binary{BinaryKind::kMax}, {x, broadcast(node, x, "min", lower)});
}

constexpr std::int64_t kFirstOpsetWithGelu = 20;

void export_gelu(const Unary& op, NodeExport& node) {
  node.set_operator("Gelu");
  node.need_opset(kFirstOpsetWithGelu);
  node.set_text("approximate", op.kind == UnaryKind::kTanhGelu ? "tanh" : "none");
}

void export_clip(const Unary& op, NodeExport& node) {
  node.set_operator("Clip");
  node.add_number_input("min", op.alpha);
  node.add_number_input("max", op.beta);
}

void export_function(const Function& function, const Unary& op, NodeExport& node) {
  node.set_operator(function.op_type);
  node.need_opset(function.opset);
  if (!function.alpha.name.empty()) node.set_number(function.alpha.name, op.alpha);
  if (!function.beta.name.empty()) node.set_number(function.beta.name, op.beta);
}

}  // namespace

void import_function(NodeImport& node) {
  const auto& function = *std::ranges::find(kFunctions, node.op_type(), &Function::op_type);
  const float alpha = import_parameter(node, function.alpha);
  emit_function(node, {function.kind, alpha, import_parameter(node, function.beta)});
}

void import_clip(NodeImport& node) {
  node.expect_inputs(1, 3);
  using Limits = std::numeric_limits<float>;
  const float upper = import_bound(node, 2, "max", Limits::max());
  // Where the bounds cross, everything is the upper one.
  const float lower = std::min(upper, import_bound(node, 1, "min", Limits::lowest()));
  const ValueId x = node.activation(0);
  if (std::isinf(upper) && upper < 0.0f) node.invalid("'max' is minus infinity");
  if (std::isinf(lower) || std::isinf(upper)) return emit_one_sided(node, x, lower, upper);
  emit_elementwise(node, Unary{UnaryKind::kClip, lower, upper}, {x});
}

void import_gelu(NodeImport& node) {
  const std::string approximate = node.attributes().text("approximate", "none");
  if (approximate != "none" && approximate != "tanh") {
    node.unsupported("attribute 'approximate' is " + shown(approximate) +
                     "; supported: none, tanh");
  }
  emit_function(node, {approximate == "tanh" ? UnaryKind::kTanhGelu : UnaryKind::kGelu});
}

void import_quick_gelu(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.activation(0);
  const float alpha = node.attributes().number("alpha", 1.702f);
  const ValueId factor = broadcast(node, x, "alpha", alpha);
  const ValueId scaled = node.compute(Binary{BinaryKind::kMul}, {x, factor});
  const ValueId gate = node.compute(Unary{UnaryKind::kSigmoid}, {scaled});
  node.emit(Binary{BinaryKind::kMul}, {x, gate});
}

void export_node(const Unary& op, NodeExport& node) {
  if (op.kind == UnaryKind::kClip) return export_clip(op, node);
  if (op.kind == UnaryKind::kGelu || op.kind == UnaryKind::kTanhGelu) return export_gelu(op, node);
  export_function(*std::ranges::find(kFunctions, op.kind, &Function::kind), op, node);
}

}  // namespace ockham::converters::onnx_io
