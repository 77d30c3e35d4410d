// Constants made of others' elements or shapes: Cast, ConstantOfShape.
#include <cmath>
#include <limits>
#include <string>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/folding/rules.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::TensorProto;

void cast_to_floats(NodeImport& node) {
  if (node.holds_floats(0)) return node.pass_through(0);
  const ExtentTensor& given = node.extents(0);
  std::vector<float> floats = node.new_floats(given.elements.size());
  for (std::size_t k = 0; k < floats.size(); ++k) {
    if (given.elements[k].of_batch) {
      node.unsupported(node.input_text(0) + " holds " + extent_text(given.elements[k]) +
                       ", N being the batch; supported: the batch in whole numbers only");
    }
    floats[k] = static_cast<float>(given.elements[k].factor);
  }
  emit_tensor(node, given.dims, std::move(floats));
}

/// The whole number towards 0.
std::int64_t truncated(const NodeImport& node, float number) {
  constexpr float kLimit = 9223372036854775808.0f;  // 2^63
  if (number >= -kLimit && number < kLimit) return static_cast<std::int64_t>(number);
  node.invalid("casts " + std::to_string(number) + ", which no whole number of 64 bits is");
}

/// A number as one of type `to`: int64, int32 or bool.
Extent converted(const NodeImport& node, const Extent& extent, std::int64_t to) {
  using Int32 = std::numeric_limits<std::int32_t>;
  if (to == TensorProto::BOOL) return {extent.factor != 0 ? 1 : 0};
  if (to == TensorProto::INT32 && (extent.factor < Int32::min() || extent.factor > Int32::max())) {
    node.invalid("casts " + extent_text(extent) + ", which no whole number of 32 bits is");
  }
  return extent;
}

void cast_to_integers(NodeImport& node, std::int64_t to) {
  const Dims dims = dims_of(node, 0);
  std::vector<Extent> extents = new_elements<Extent>(node, checked_count(node, dims));
  for (std::size_t k = 0; k < extents.size(); ++k) {
    if (!node.holds_floats(0)) {
      extents[k] = converted(node, node.extents(0).elements[k], to);
    } else if (const float number = node.floats(0).elements.floats[k]; to == TensorProto::BOOL) {
      extents[k] = {number != 0.0f ? 1 : 0};
    } else {
      extents[k] = converted(node, {truncated(node, number)}, to);
    }
  }
  emit_tensor(node, dims, std::move(extents));
}

template <class Element>
void emit_filled(NodeImport& node, const Dims& dims, const Element& element) {
  const std::size_t count = checked_count(node, dims);
  node.charge(count * sizeof(Element));
  emit_tensor(node, dims, std::vector<Element>(count, element));
}

}  // namespace

void fold_cast(NodeImport& node) {
  node.expect_inputs(1, 1);
  const std::int64_t to = node.attributes().integer("to", 0);
  node.attributes().integer("saturate", 1);  // concerns only 8-bit floats
  if (is_float_type(to)) return cast_to_floats(node);
  if (to == TensorProto::INT64 || to == TensorProto::INT32 || to == TensorProto::BOOL) {
    return cast_to_integers(node, to);
  }
  node.unsupported(
      "attribute 'to' is " + std::to_string(to) + " (" +
      element_type_name(static_cast<std::int32_t>(to)) +
      "); supported for constants: float, double, float16, bfloat16, int64, int32, bool");
}

void fold_constant_of_shape(NodeImport& node) {
  node.expect_inputs(1, 1);
  const IntegerTensor& shape = node.integers(0);
  if (shape.dims.size() != 1) {
    node.invalid(node.input_text(0) + " has rank " + std::to_string(shape.dims.size()) +
                 ", expected 1");
  }
  if (!node.attributes().has("value")) return emit_filled(node, shape.elements, 0.0f);
  const Constant value = node.attribute_constant("value");
  const std::size_t count =
      value.floats ? value.floats->elements.floats.size() : value.extents->elements.size();
  if (count != 1) {
    node.invalid("attribute 'value' has " + std::to_string(count) + " elements, expected 1");
  }
  if (value.floats) return emit_filled(node, shape.elements, value.floats->elements.floats[0]);
  emit_filled(node, shape.elements, value.extents->elements[0]);
}

}  // namespace ockham::converters::onnx_io
