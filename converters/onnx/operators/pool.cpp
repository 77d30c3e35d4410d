#include <algorithm>
#include <string>

#include "converters/onnx/operators/global_pool.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"

namespace ockham::converters::onnx_io {
namespace {

/// What is added to the padding at the end of each axis.
struct Extension {
  std::int64_t end[2] = {0, 0};

  bool any() const { return end[0] != 0 || end[1] != 0; }
};

/// The Graph rounds output extents down; where the file rounds up, the padding at the end grows by
/// what the last window lacks, as long as that window begins inside the image.
Extension rounded_up(NodeImport& node, const Window2d& window, const Shape& images) {
  Extension extension;
  const std::int64_t mode = node.attributes().integer("ceil_mode", 0);
  if (mode == 0) return extension;
  if (mode != 1) {
    node.unsupported("attribute 'ceil_mode' is " + std::to_string(mode) + "; supported: 0 and 1");
  }
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    const std::int64_t padded = images[axis + 2] + window.pad_begin[axis] + window.pad_end[axis];
    const std::int64_t left_over = padded < reach ? 0 : (padded - reach) % window.stride[axis];
    const std::int64_t begin = padded - left_over - reach + window.stride[axis];
    if (left_over == 0 || begin >= images[axis + 2] + window.pad_begin[axis]) continue;
    extension.end[axis] = window.stride[axis] - left_over;
  }
  return extension;
}

void extend(Window2d& window, const Extension& extension) {
  for (int axis = 0; axis < 2; ++axis) window.pad_end[axis] += extension.end[axis];
}

bool has_padding(const Window2d& window) {
  return window.pad_begin[0] + window.pad_begin[1] + window.pad_end[0] + window.pad_end[1] != 0;
}

/// `x` with the window's padding around it, of zeros, which the window has no more.
ValueId padded(NodeImport& node, Window2d& window, ValueId x) {
  if (!has_padding(window)) return x;
  const Pad pad{{window.pad_begin[0], window.pad_begin[1]}, {window.pad_end[0], window.pad_end[1]}};
  for (int axis = 0; axis < 2; ++axis) window.pad_begin[axis] = window.pad_end[axis] = 0;
  return node.compute(pad, {x});
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
  std::vector<std::int64_t> positions = node.room_for_indices(count);
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

/// All taps of a window with gaps, joined by `kind`: first over the rows, then over the columns,
/// one tap after the other.
void add_taps(NodeImport& node, NodeChain& chain, const Window2d& window, BinaryKind kind) {
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
      chain.start(Binary{kind}, {chain.value(), other});
    }
  }
}

void emit_dilated_maximum(NodeImport& node, int spatial_axes, const Window2d& window, ValueId x) {
  NodeChain chain(node, x);
  add_taps(node, chain, window, BinaryKind::kMax);
  chain.finish_on_images(spatial_axes);
}

/// For each window on one axis, how many of its taps count: those in the image, or in its padding
/// too, but not in what rounding up adds.
std::vector<std::int64_t> counted_taps(NodeImport& node, const Pool2d& pool, int axis,
                                       std::int64_t extent, std::int64_t windows) {
  const Window2d& window = pool.window;
  const std::int64_t first = pool.count_include_pad ? -window.pad_begin[axis] : 0;
  const std::int64_t end = extent + (pool.count_include_pad ? window.pad_end[axis] : 0);
  std::vector<std::int64_t> counts = node.room_for_indices(windows);
  for (std::int64_t i = 0; i < windows; ++i) {
    std::int64_t count = 0;
    for (std::int64_t k = 0; k < window.kernel[axis]; ++k) {
      const std::int64_t at =
          i * window.stride[axis] - window.pad_begin[axis] + k * window.dilation[axis];
      if (at >= first && at < end) ++count;
    }
    if (count == 0) node.invalid("a window lies in the padding alone");
    counts.push_back(count);
  }
  return counts;
}

/// A sum over windows with gaps, padded by zeros, divided by how many taps count.
void emit_dilated_average(NodeImport& node, int spatial_axes, const Pool2d& pool,
                          const Extension& extension, ValueId x) {
  const Shape images = node.shape(x);
  Window2d window = pool.window;
  extend(window, extension);
  NodeChain chain(node, padded(node, window, x));
  add_taps(node, chain, window, BinaryKind::kAdd);
  const Shape sums = chain.shape();
  const auto rows = counted_taps(node, pool, 0, images[2], sums[2]);
  const auto columns = counted_taps(node, pool, 1, images[3], sums[3]);
  std::vector<float> counts = node.new_floats(rows.size() * columns.size());
  auto count = counts.begin();
  for (const std::int64_t row : rows) {
    for (const std::int64_t column : columns) *count++ = static_cast<float>(row * column);
  }
  const ValueId divisor = node.made_constant("counts", {1, sums[2], sums[3]}, std::move(counts));
  const ValueId sum = chain.value();
  chain.start(Binary{BinaryKind::kDiv}, {sum, divisor});
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
  ValueId x = as_images(node, node.activation(0));
  Pool2d pool{.kind = kind, .window = import_window(node, spatial_axes, node.shape(x), kernel)};
  if (kind == PoolKind::kAverage) {
    pool.count_include_pad = node.attributes().integer("count_include_pad", 0) != 0;
  }
  const Extension extension = rounded_up(node, pool.window, node.shape(x));
  if (kind == PoolKind::kAverage && has_gaps(pool.window)) {
    return emit_dilated_average(node, spatial_axes, pool, extension, x);
  }
  if (pool.count_include_pad && extension.any()) {  // the one counts, the other does not
    x = padded(node, pool.window, x);
    pool.count_include_pad = false;
  }
  extend(pool.window, extension);
  if (!has_gaps(pool.window)) return emit_on_images(node, spatial_axes, pool, {x});
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
