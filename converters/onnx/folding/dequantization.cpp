// DequantizeLinear: weights that a file keeps as small integers, as floats.
#include <string>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/folding/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// How the elements of a tensor of dims `dims` find their scale, which has dims `scales`: one for
/// all, one for each place on `axis`, or one for each `block` of places there.
View scale_view(NodeImport& node, const Dims& dims, const Dims& scales) {
  View view{dims, std::vector<std::size_t>(dims.size(), 0)};
  if (checked_count(node, scales) == 1 && scales.size() < 2) return view;
  const std::size_t axis = checked_axis(node, node.attributes().integer("axis", 1), dims.size());
  if (scales.size() == 1 && scales[0] == dims[axis]) {
    view.strides[axis] = 1;
    return view;
  }
  node.unsupported(node.input_text(1) + " has shape " + Shape(scales).text() +
                   " for a tensor of shape " + Shape(dims).text() +
                   "; supported: one scale for all, or one for each place on 'axis'");
}

}  // namespace

// (x - zero point) * scale.
void fold_dequantize_linear(NodeImport& node) {
  node.expect_inputs(2, 3);
  const std::int64_t axis = node.attributes().integer("axis", 1);
  if (node.attributes().integer("block_size", 0) != 0) {
    node.unsupported("attribute 'block_size' of axis " + std::to_string(axis) +
                     " is given; supported: one scale for all, or one for each place on 'axis'");
  }
  const Dims dims = dims_of(node, 0);
  const std::span<const Extent> given = elements_of<Extent>(node, 0);
  const std::span<const float> scales = node.floats(1).elements.floats;
  const View view = scale_view(node, dims, node.floats(1).dims);
  if (node.has_input(2) && dims_of(node, 2) != node.floats(1).dims) {
    node.invalid(node.input_text(2) + " has shape " + Shape(dims_of(node, 2)).text() +
                 ", expected that of " + node.input_text(1) + ", " +
                 Shape(node.floats(1).dims).text());
  }
  std::vector<float> floats = node.new_floats(checked_count(node, dims));
  for (std::size_t k = 0; k < floats.size(); ++k) {
    const std::size_t at = view.index(k);
    const std::int64_t zero = node.has_input(2) ? node.extents(2).elements[at].factor : 0;
    floats[k] = static_cast<float>(given[k].factor - zero) * scales[at];
  }
  emit_tensor(node, dims, std::move(floats));
}

}  // namespace ockham::converters::onnx_io
