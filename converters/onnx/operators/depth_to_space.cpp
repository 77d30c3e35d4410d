#include <string>

#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"
#include "converters/onnx/text.h"

namespace ockham::converters::onnx_io {
namespace {

/// Where channel (c, i) of mode CRD, C channels of `pixels` each, lies in mode DCR.
std::vector<std::int64_t> depth_first(NodeImport& node, std::int64_t channels,
                                      std::int64_t pixels) {
  std::vector<std::int64_t> indices = node.room_for_indices(channels * pixels);
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t i = 0; i < pixels; ++i) indices.push_back(i * channels + c);
  }
  return indices;
}

/// Whether the mode is DCR, which it is by default, and not CRD.
bool is_depth_first(NodeImport& node) {
  const std::string mode = node.attributes().text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") {
    node.unsupported("attribute 'mode' is " + shown(mode) + "; supported: DCR, CRD");
  }
  return mode == "DCR";
}

/// Every `size`-th position of an axis, from `first` on.
SpatialGather every(NodeImport& node, std::int64_t axis, std::int64_t extent, std::int64_t size,
                    std::int64_t first) {
  SpatialGather positions{axis, node.room_for_indices(extent / size)};
  for (std::int64_t at = first; at < extent; at += size) positions.indices.push_back(at);
  return positions;
}

}  // namespace

void import_depth_to_space(NodeImport& node) {
  node.expect_inputs(1, 1);
  expect_image(node, 0);
  ValueId x = node.activation(0);
  const std::int64_t channels = node.shape(x)[1];
  const std::int64_t size = node.attributes().integer("blocksize", 0);
  if (size < 1 || size > channels / size || channels % (size * size) != 0) {
    node.invalid("attribute 'blocksize' is " + std::to_string(size) +
                 ", and its square no factor of " + std::to_string(channels) + " channels");
  }
  if (is_depth_first(node) && size > 1) {
    x = node.compute(Gather{depth_first(node, channels / (size * size), size * size)}, {x});
  }
  node.emit(DepthToSpace{{size, size}}, {x});
}

// The pixels that stand at one place of all blocks become channels, place by place.
void import_space_to_depth(NodeImport& node) {
  node.expect_inputs(1, 1);
  expect_image(node, 0);
  const ValueId x = node.activation(0);
  const Shape shape = node.shape(x);
  const std::int64_t size = node.attributes().integer("blocksize", 0);
  if (size < 1 || shape[2] % size != 0 || shape[3] % size != 0) {
    node.invalid("attribute 'blocksize' is " + std::to_string(size) +
                 ", which does not divide height and width of " + shape.text());
  }
  constexpr std::int64_t kLargestBlock = 32;
  if (size > kLargestBlock) {
    node.unsupported("attribute 'blocksize' is " + std::to_string(size) + "; supported: 1 to " +
                     std::to_string(kLargestBlock));
  }
  const bool as_they_come = is_depth_first(node);  // before opset 28 there was no other mode
  if (size == 1) return node.pass_through(0);
  std::vector<ValueId> parts;
  for (std::int64_t row = 0; row < size; ++row) {
    const ValueId rows = node.compute(every(node, 2, shape[2], size, row), {x});
    for (std::int64_t column = 0; column < size; ++column) {
      parts.push_back(node.compute(every(node, 3, shape[3], size, column), {rows}));
    }
  }
  if (as_they_come) return node.emit(Concat{1}, std::move(parts));
  const ValueId by_place = node.compute(Concat{1}, std::move(parts));
  node.emit(Gather{depth_first(node, shape[1], size * size)}, {by_place});
}

// Blocks that are not square have no operator of ONNX's: a reshape parts the channels, a transpose
// moves what was parted next to height and width, and a reshape joins them. Import knows these
// three again.
void export_node(const DepthToSpace& op, NodeExport& node) {
  if (op.block[0] == op.block[1]) {
    node.set_operator("DepthToSpace");
    node.set_integer("blocksize", op.block[0]);
    node.set_text("mode", "CRD");
    return;
  }
  const Shape& x = node.input_shape(0);
  const std::int64_t channels = x[1] / (op.block[0] * op.block[1]);
  node.set_operator("Reshape");
  node.add_integers_input("parted", {0, channels, op.block[0], op.block[1], x[2], x[3]});
  node.continue_as("moved");
  node.set_operator("Transpose");
  node.set_integers("perm", {0, 1, 4, 2, 5, 3});
  node.continue_as("joined");
  node.set_operator("Reshape");
  node.add_integers_input("shape", {0, channels, x[2] * op.block[0], x[3] * op.block[1]});
}

}  // namespace ockham::converters::onnx_io
