// QuantizeLinear and DequantizeLinear: pairs of them are one FakeQuantize.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::TensorProto;

struct TypeEntry {
  QuantizedType type;
  std::int32_t element;
  std::int64_t opset;  ///< the first in which it is written
};

constexpr std::array kTypes = {TypeEntry{QuantizedType::kUint8, TensorProto::UINT8, 13},
                               TypeEntry{QuantizedType::kInt8, TensorProto::INT8, 13},
                               TypeEntry{QuantizedType::kUint16, TensorProto::UINT16, 21},
                               TypeEntry{QuantizedType::kInt16, TensorProto::INT16, 21}};

const TypeEntry& entry_of(NodeImport& node, std::int32_t element) {
  const auto found = std::ranges::find(kTypes, element, &TypeEntry::element);
  if (found == kTypes.end()) {
    node.unsupported("quantises to element type " + element_type_name(element) +
                     "; supported: uint8, int8, uint16, int16");
  }
  return *found;
}

/// Scale and zero point of both operators, for input 0 of this shape; `element` where there is no
/// zero point, which says the type otherwise.
Quantization import_quantization(NodeImport& node, const Shape& shape, std::int32_t element) {
  Quantization read;
  const FloatTensor& scale = node.floats(1);
  const auto scales = scale.elements.floats;
  read.scale.assign(scales.begin(), scales.end());
  read.zero_point.assign(scales.size(), 0.0f);
  if (node.has_input(2)) {
    const auto [zero_points, type] = node.whole_numbers(2);
    element = type;
    if (zero_points.dims != scale.dims) {
      node.invalid(node.input_text(2) + " has another shape than the scale");
    }
    for (std::size_t i = 0; i < scales.size(); ++i) {
      read.zero_point[i] = static_cast<float>(zero_points.elements[i]);
    }
  }
  read.type = entry_of(node, element).type;
  const std::int64_t axis = node.attributes().integer("axis", 1);
  if (scales.size() != 1) read.axis = import_axis(node, axis, shape.rank());
  const bool fits =
      scale.dims.size() <= 1 &&
      (scales.size() == 1 || std::cmp_equal(scales.size(), shape[static_cast<int>(read.axis)]));
  if (!fits) {
    node.unsupported(node.input_text(1) + " has shape " + Shape(scale.dims).text() +
                     " for a value of shape " + shape.text() +
                     "; supported: one scale, or one for each position of an axis");
  }
  return read;
}

/// A network's input of whole numbers, made floats: what the pair does without the rounding.
void emit_scaling(NodeImport& node, const Quantization& quantization) {
  const ValueId x = node.typed_activation(0);
  if (node.shape(x).rank() < 2) {
    node.unsupported(node.input_text(0) + " has shape " + node.shape(x).text() +
                     "; supported: an axis behind the batch");
  }
  Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(node.shape(x).rank()) - 1, 1));
  shape[static_cast<int>(quantization.axis) - 1] =
      static_cast<std::int64_t>(quantization.scale.size());
  NodeChain chain(node, x);
  const ValueId zero = node.made_constant("zero_point", shape, quantization.zero_point);
  chain.start(Binary{BinaryKind::kSub}, {x, zero});
  const ValueId moved = chain.value();
  const ValueId scale = node.made_constant("scale", shape, quantization.scale);
  chain.start(Binary{BinaryKind::kMul}, {moved, scale});
  chain.finish();
}

/// x, which has the numbers already. Right behind its QuantizeLinear the pair has the names of an
/// operator of its own: its node's that of the first, its output's that of the second.
void emit_dequantized(NodeImport& node, ValueId x) {
  const NodeId quantize = node.producer(x);
  if (quantize < 0) return node.pass_as(0, {});
  const Node pair = node.graph_node(quantize);
  if (!std::holds_alternative<FakeQuantize>(pair.op)) return node.pass_as(0, {});
  node.emit_instead_of({quantize}, pair.op, pair.inputs);
}

}  // namespace

// The Graph has the numbers that a DequantizeLinear makes again; until then they are quantised.
void import_quantize_linear(NodeImport& node) {
  node.expect_inputs(2, 3);
  const ValueId x = node.activation(0);
  node.attributes().integer("saturate", 1);  // concerns only 8-bit floats
  const auto given = static_cast<std::int32_t>(node.attributes().integer("output_dtype", 0));
  Quantization quantization =
      import_quantization(node, node.shape(x), given == 0 ? TensorProto::UINT8 : given);
  const Shape count = {static_cast<std::int64_t>(quantization.scale.size())};
  const FakeQuantize op{quantization.type, quantization.axis};
  const ValueId scale = node.derived_constant(1, count, quantization.scale);
  const ValueId zero = node.has_input(2)
                           ? node.derived_constant(2, count, quantization.zero_point)
                           : node.made_constant("zero_point", count, quantization.zero_point);
  node.emit(op, {x, scale, zero});
  const std::int32_t element =
      std::ranges::find(kTypes, quantization.type, &TypeEntry::type)->element;
  node.set_type(0, {element, std::move(quantization)});
}

void import_dequantize_linear(NodeImport& node) {
  node.expect_inputs(2, 3);
  const ValueId x = node.typed_activation(0);
  const ValueType from = node.type(0);
  if (!is_whole(from.element) || node.graph_value(x).type == ElementType::kInt64) {
    node.unsupported(
        node.input_text(0) + " is not quantised; supported: constants, inputs of the " +
        "network that are whole numbers, and what a QuantizeLinear gives; convert the " +
        "network before its quantisation otherwise");
  }
  const Quantization quantization = import_quantization(node, node.shape(x), from.element);
  if (!from.quantization) return emit_scaling(node, quantization);
  if (quantization == *from.quantization) return emit_dequantized(node, x);
  node.unsupported(
      "has another scale, zero point or axis than the QuantizeLinear before it; supported: the "
      "same for both; convert the network before its quantisation otherwise");
}

void export_node(const FakeQuantize& op, NodeExport& node) {
  const TypeEntry& entry = *std::ranges::find(kTypes, op.type, &TypeEntry::type);
  node.set_operator("QuantizeLinear");
  node.need_opset(entry.opset);
  node.set_integer("axis", op.axis);
  node.make_whole(2, entry.element);
  const std::string scale = node.input_name(1), zero_point = node.input_name(2);
  node.continue_as("dequantize");
  node.set_operator("DequantizeLinear");
  node.set_integer("axis", op.axis);
  node.add_input(scale);
  node.add_input(zero_point);
}

}  // namespace ockham::converters::onnx_io
