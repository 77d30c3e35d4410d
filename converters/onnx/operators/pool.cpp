#include <algorithm>
#include <string>

#include "converters/onnx/operators/global_pool.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"

namespace ockham::converters::onnx_io {
namespace {

/// The Graph rounds output extents down; where the file rounds up, the padding at the end grows by
/// what the last window lacks, as long as that window begins inside the image.
void round_up(NodeImport& node, Pool2d& pool, const Shape& images) {
  if (node.attributes().integer("ceil_mode", 0) == 0) return;
  Window2d& window = pool.window;
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    const std::int64_t padded = images[axis + 2] + window.pad_begin[axis] + window.pad_end[axis];
    const std::int64_t left_over = padded < reach ? 0 : (padded - reach) % window.stride[axis];
    const std::int64_t begin = padded - left_over - reach + window.stride[axis];
    if (left_over == 0 || begin >= images[axis + 2] + window.pad_begin[axis]) continue;
    if (pool.kind == PoolKind::kAverage && pool.count_include_pad) {
      node.unsupported(
          "attribute 'ceil_mode' is 1 and adds windows, while padding is counted; supported: only "
          "one of both");
    }
    window.pad_end[axis] += window.stride[axis] - left_over;
  }
}

/// The positions on one axis that tap `tap` of each window reads. Where that is padding, another
/// position of the window stands in, which changes no maximum.
std::vector<std::int64_t> tap_positions(NodeImport& node, const Window2d& window, int axis,
                                        std::int64_t extent, std::int64_t tap) {
  const std::int64_t dilation = window.dilation[axis];
  const std::int64_t reach = (window.kernel[axis] - 1) * dilation + 1;
  const std::int64_t padded = extent + window.pad_begin[axis] + window.pad_end[axis];
  if (padded < reach) node.invalid("a window is larger than the image");
  const std::int64_t count = (padded - reach) / window.stride[axis] + 1;
  node.charge(static_cast<std::size_t>(count) * sizeof(std::int64_t));
  std::vector<std::int64_t> positions;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = i * window.stride[axis] - window.pad_begin[axis];
    std::int64_t at = first + tap * dilation;
    if (at < 0) at = (dilation - -first % dilation) % dilation;
    if (at >= extent) at -= (at - extent + dilation) / dilation * dilation;
    if (at < std::max<std::int64_t>(first, 0) || at >= std::min(extent, first + reach)) {
      node.invalid("a window lies in the padding alone");
    }
    positions.push_back(at);
  }
  return positions;
}

/// A maximum over windows with gaps: first over the rows, then over the columns of each window, one
/// tap after the other.
void emit_dilated_maximum(NodeImport& node, int spatial_axes, const Window2d& window, ValueId x) {
  NodeChain chain(node, x);
  constexpr std::int64_t kMostTaps = 64;
  for (int axis = 0; axis < 2; ++axis) {
    if (window.kernel[axis] > kMostTaps) {
      node.unsupported("a kernel of " + std::to_string(window.kernel[axis]) +
                       " with gaps; supported: up to " + std::to_string(kMostTaps));
    }
    const ValueId whole = chain.value();
    const std::int64_t extent = node.shape(whole)[axis + 2];
    const auto tap = [&](std::int64_t k) {
      return SpatialGather{axis + 2, tap_positions(node, window, axis, extent, k)};
    };
    chain.start(tap(0), {whole});
    for (std::int64_t k = 1; k < window.kernel[axis]; ++k) {
      const ValueId other = node.compute(tap(k), {whole});
      chain.start(Binary{BinaryKind::kMax}, {chain.value(), other});
    }
  }
  chain.finish_on_images(spatial_axes);
}

bool has_gaps(const Window2d& window) { return window.dilation[0] != 1 || window.dilation[1] != 1; }

void import_global_pool(NodeImport& node, PoolKind kind) {
  node.expect_inputs(1, 1);
  const int spatial_axes = count_spatial_axes(node, 0);
  const ValueId x = as_images(node, node.activation(0));
  emit_on_images(node, spatial_axes, global_pool(kind, node.shape(x)), {x});
}

void import_pool(NodeImport& node, PoolKind kind) {
  node.expect_inputs(1, 1);
  const int spatial_axes = count_spatial_axes(node, 0);
  if (!node.attributes().has("kernel_shape")) node.invalid("attribute 'kernel_shape' is missing");
  const std::vector<std::int64_t> kernel = import_kernel_shape(node, spatial_axes);
  const ValueId x = as_images(node, node.activation(0));
  const Shape images = node.shape(x);
  Pool2d pool{.kind = kind, .window = import_window(node, spatial_axes, images, kernel)};
  if (kind == PoolKind::kAverage) {
    pool.count_include_pad = node.attributes().integer("count_include_pad", 0) != 0;
  }
  round_up(node, pool, images);
  if (!has_gaps(pool.window)) return emit_on_images(node, spatial_axes, pool, {x});
  if (kind == PoolKind::kAverage) {
    node.unsupported("attribute 'dilations' is not 1; supported: 1");
  }
  emit_dilated_maximum(node, spatial_axes, pool.window, x);
}

}  // namespace

void import_max_pool(NodeImport& node) {
  node.attributes().has("storage_order");  // concerns only output 1, which nothing may read
  import_pool(node, PoolKind::kMax);
}

void import_average_pool(NodeImport& node) { import_pool(node, PoolKind::kAverage); }
void import_global_average_pool(NodeImport& node) { import_global_pool(node, PoolKind::kAverage); }
void import_global_max_pool(NodeImport& node) { import_global_pool(node, PoolKind::kMax); }

void export_node(const Pool2d& op, NodeExport& node) {
  const bool is_average = op.kind == PoolKind::kAverage;
  node.set_operator(is_average ? "AveragePool" : "MaxPool");
  export_window(op.window, node);
  if (is_average) node.set_integer("count_include_pad", op.count_include_pad ? 1 : 0);
}

}  // namespace ockham::converters::onnx_io
