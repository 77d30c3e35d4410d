#include <algorithm>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"

namespace ockham::converters::onnx_io {
namespace {

/// The Graph rounds output extents down; rounding up is taken only where both give the same.
void refuse_effective_ceil_mode(NodeImport& node, const Window2d& window, const Shape& input) {
  if (node.attributes().integer("ceil_mode", 0) == 0) return;
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t slack =
        input[axis + 2] + window.pad_begin[axis] + window.pad_end[axis] - window.kernel[axis];
    if (slack % window.stride[axis] != 0) {
      node.unsupported("attribute 'ceil_mode' is 1 and changes the output's " +
                       std::string(axis == 0 ? "height" : "width") +
                       "; supported: 0, or windows that fit exactly");
    }
  }
}

/// A pool over the whole of images.
Pool2d whole_image(NodeImport& node, PoolKind kind, ValueId images) {
  const Shape& shape = node.shape(images);
  return {.kind = kind, .window = {.kernel = {shape[2], shape[3]}}};
}

void import_global_pool(NodeImport& node, PoolKind kind) {
  node.expect_inputs(1, 1);
  const int spatial_axes = count_spatial_axes(node, 0);
  const ValueId x = as_images(node, node.activation(0));
  emit_on_images(node, spatial_axes, whole_image(node, kind, x), {x});
}

void import_pool(NodeImport& node, PoolKind kind) {
  node.expect_inputs(1, 1);
  const int spatial_axes = count_spatial_axes(node, 0);
  if (!node.attributes().has("kernel_shape")) node.invalid("attribute 'kernel_shape' is missing");
  const std::vector<std::int64_t> kernel = import_kernel_shape(node, spatial_axes);
  const ValueId x = as_images(node, node.activation(0));
  const Shape images = node.shape(x);
  Pool2d pool{.kind = kind, .window = import_window(node, spatial_axes, images, kernel)};
  for (int axis = 0; axis < 2; ++axis) {
    if (pool.window.dilation[axis] != 1) {
      node.unsupported("attribute 'dilations' holds " + std::to_string(pool.window.dilation[axis]) +
                       "; supported: 1");
    }
  }
  refuse_effective_ceil_mode(node, pool.window, images);
  if (kind == PoolKind::kAverage) {
    pool.count_include_pad = node.attributes().integer("count_include_pad", 0) != 0;
  }
  emit_on_images(node, spatial_axes, pool, {x});
}

}  // namespace

void import_max_pool(NodeImport& node) {
  node.attributes().has("storage_order");  // concerns only output 1, which nothing may read
  import_pool(node, PoolKind::kMax);
}

void import_average_pool(NodeImport& node) { import_pool(node, PoolKind::kAverage); }
void import_global_average_pool(NodeImport& node) { import_global_pool(node, PoolKind::kAverage); }
void import_global_max_pool(NodeImport& node) { import_global_pool(node, PoolKind::kMax); }

// The mean over all axes behind the channels is a global average pool, and without those axes a
// flatten of one.
void import_reduce_mean(NodeImport& node) {
  node.expect_inputs(1, 2);
  const int spatial_axes = count_spatial_axes(node, 0);
  std::vector<std::int64_t> axes = import_axes(node, 1, spatial_axes + 2);
  std::ranges::sort(axes);
  const bool takes_all = spatial_axes == 1 ? axes == std::vector<std::int64_t>{2}
                                           : axes == std::vector<std::int64_t>{2, 3};
  if (!takes_all) {
    node.unsupported(
        "reduces other axes than height and width; supported: axes [2, 3], or [2] of [N, C, L]");
  }
  node.attributes().integer("noop_with_empty_axes", 0);
  const bool keeps_axes = node.attributes().integer("keepdims", 1) != 0;
  const ValueId x = as_images(node, node.activation(0));
  const Pool2d pool = whole_image(node, PoolKind::kAverage, x);
  if (keeps_axes) return emit_on_images(node, spatial_axes, pool, {x});
  node.emit(Flatten{}, {node.compute(pool, {x})});
}

void export_node(const Pool2d& op, NodeExport& node) {
  const bool is_average = op.kind == PoolKind::kAverage;
  node.set_operator(is_average ? "AveragePool" : "MaxPool");
  export_window(op.window, node);
  if (is_average) node.set_integer("count_include_pad", op.count_include_pad ? 1 : 0);
}

}  // namespace ockham::converters::onnx_io
