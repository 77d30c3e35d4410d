#include "converters/onnx/operators/gelu_chain.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "converters/onnx/operators/one_dimensional.h"

namespace ockham::converters::onnx_io {
namespace {

constexpr double kHalf = 0.5;
constexpr double kSqrt2 = std::numbers::sqrt2;

/// Finds the parts of the chain among the nodes imported so far. What is not there is -1.
class GeluChain {
 public:
  explicit GeluChain(const NodeImport& node) : node_(node) {}

  /// x, where a b / 2 is Gelu of x.
  ValueId of_half_product(ValueId product) const {
    const auto [a, b] = inputs_of(product, BinaryKind::kMul);
    if (a < 0) return -1;
    if (in_gate(a) == b) return b;
    return in_gate(b) == a ? a : -1;
  }

  /// x, where a b is Gelu of x, one of both halved.
  ValueId of_product(ValueId a, ValueId b) const {
    for (int turn = 0; turn < 2; ++turn, std::swap(a, b)) {
      const ValueId x = in_gate(a);
      if (x >= 0 && halved(b) == x) return x;
      const ValueId gate = halved(a);
      if (gate >= 0 && in_gate(gate) == b) return b;
    }
    return -1;
  }

 private:
  /// Both inputs of the Binary that computes `value`.
  std::pair<ValueId, ValueId> inputs_of(ValueId value, BinaryKind kind) const {
    const NodeId id = node_.producer(value);
    if (id < 0) return {-1, -1};
    const Node& computing = node_.graph_node(id);
    const auto* binary = std::get_if<Binary>(&computing.op);
    if (binary == nullptr || binary->kind != kind) return {-1, -1};
    return {computing.inputs[0], computing.inputs[1]};
  }

  /// Whether `value` is a constant that is this number, as nearly as a float can say.
  bool is_number(ValueId value, double number) const {
    const Value& constant = node_.graph_value(value);
    if (!constant.is_constant || constant.constant.floats.size() != 1) return false;
    return std::abs(static_cast<double>(constant.constant.floats[0]) - number) < 1e-6;
  }

  /// The other operand of the Binary that computes `value` from something and this number.
  ValueId beside(ValueId value, BinaryKind kind, double number) const {
    const auto [a, b] = inputs_of(value, kind);
    if (a < 0) return -1;
    if (is_number(b, number)) return a;
    return kind != BinaryKind::kDiv && is_number(a, number) ? b : -1;
  }

  ValueId halved(ValueId value) const {
    const ValueId x = beside(value, BinaryKind::kMul, kHalf);
    return x >= 0 ? x : beside(value, BinaryKind::kDiv, 2.0);
  }

  /// x, where `value` is 1 + erf(x / sqrt(2)).
  ValueId in_gate(ValueId value) const {
    const ValueId erf = beside(value, BinaryKind::kAdd, 1.0);
    const NodeId id = erf < 0 ? -1 : node_.producer(erf);
    if (id < 0 || node_.graph_node(id).op != Operator(Unary{UnaryKind::kErf})) return -1;
    const ValueId scaled = node_.graph_node(id).inputs[0];
    const ValueId x = beside(scaled, BinaryKind::kDiv, kSqrt2);
    return x >= 0 ? x : beside(scaled, BinaryKind::kMul, 1.0 / kSqrt2);
  }

  const NodeImport& node_;
};

/// The value behind a view of one-dimensional images.
ValueId behind_view(const NodeImport& node, ValueId value) {
  const ValueId images = viewed_images(node, value);
  return images >= 0 ? images : value;
}

/// Whether input `i` is the constant 1/2, and gives the output no more axes than the other input.
bool is_half(NodeImport& node, std::size_t i) {
  if (!node.is_constant(i) || node.is_constant(1 - i) || !node.holds_floats(i)) return false;
  const FloatTensor& half = node.floats(i);
  const auto axes = static_cast<std::size_t>(node.shape(node.activation(1 - i)).rank());
  return half.elements.floats.size() == 1 && half.dims.size() <= axes &&
         static_cast<double>(half.elements.floats[0]) == kHalf;
}

/// x, where the node's output is Gelu of x.
ValueId find_input(NodeImport& node) {
  const GeluChain chain(node);
  for (const std::size_t i : {0u, 1u}) {
    if (is_half(node, i)) {
      return chain.of_half_product(behind_view(node, node.activation(1 - i)));
    }
  }
  if (node.is_constant(0) || node.is_constant(1)) return -1;
  const ValueId a = node.activation(0), b = node.activation(1);
  if (node.shape(a).rank() != node.shape(b).rank()) return -1;
  return chain.of_product(behind_view(node, a), behind_view(node, b));
}

}  // namespace

bool emit_gelu_chain(NodeImport& node) {
  const ValueId x = find_input(node);
  if (x < 0) return false;
  int spatial_axes = 2;
  for (const std::size_t i : {0u, 1u}) {
    if (node.is_constant(i)) continue;
    if (viewed_images(node, node.activation(i)) >= 0) spatial_axes = 1;
  }
  emit_on_images(node, spatial_axes, Unary{UnaryKind::kGelu}, {x});
  return true;
}

}  // namespace ockham::converters::onnx_io
