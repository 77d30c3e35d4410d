#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/global_pool.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

struct Name {
  std::string_view op_type;
  ReduceKind kind;
};

constexpr Name kNames[] = {{"ReduceMax", ReduceKind::kMax},
                           {"ReduceMin", ReduceKind::kMin},
                           {"ReduceSum", ReduceKind::kSum},
                           {"ReduceMean", ReduceKind::kMean},
                           {"ReduceProd", ReduceKind::kProd},
                           {"ReduceL1", ReduceKind::kL1},
                           {"ReduceL2", ReduceKind::kL2},
                           {"ReduceLogSum", ReduceKind::kLogSum},
                           {"ReduceLogSumExp", ReduceKind::kLogSumExp},
                           {"ReduceSumSquare", ReduceKind::kSumSquare}};

/// The pool that does the same over height and width, for which there are fast kernels.
std::optional<PoolKind> pool_kind(ReduceKind kind) {
  if (kind == ReduceKind::kMean) return PoolKind::kAverage;
  if (kind == ReduceKind::kMax) return PoolKind::kMax;
  return std::nullopt;
}

/// Whether the axes are all those behind the channels, one or two.
bool are_spatial(const std::vector<std::int64_t>& axes, int rank) {
  return axes.front() == 2 && std::ssize(axes) == rank - 2 && rank <= 4;
}

void emit_pool(NodeImport& node, PoolKind kind, ValueId x, bool keeps_axes) {
  const int spatial_axes = node.shape(x).rank() - 2;
  const ValueId images = as_images(node, x);
  const Pool2d pool = global_pool(kind, node.shape(images));
  if (keeps_axes) return emit_on_images(node, spatial_axes, pool, {images});
  node.emit(Flatten{}, {node.compute(pool, {images})});
}

}  // namespace

void import_reduce(NodeImport& node) {
  node.expect_inputs(1, 2);
  const bool keeps_axes = node.attributes().integer("keepdims", 1) != 0;
  const bool may_do_nothing = node.attributes().integer("noop_with_empty_axes", 0) != 0;
  const ValueId x = node.activation(0);
  const int rank = node.shape(x).rank();
  Reduce op{std::ranges::find(kNames, node.op_type(), &Name::op_type)->kind,
            import_axes(node, 1, rank), keeps_axes};
  std::ranges::sort(op.axes);
  if (std::ranges::adjacent_find(op.axes) != op.axes.end()) node.invalid("names an axis twice");
  if (op.axes.empty() && may_do_nothing) return node.pass_through(0);
  if (op.axes.empty()) {
    node.unsupported("reduces all axes and the batch with them; supported: axes behind the batch");
  }
  const std::optional<PoolKind> pool = pool_kind(op.kind);
  if (pool && are_spatial(op.axes, rank)) return emit_pool(node, *pool, x, keeps_axes);
  node.emit(op, {x});
}

void export_node(const Reduce& op, NodeExport& node) {
  node.set_operator(std::ranges::find(kNames, op.kind, &Name::kind)->op_type);
  if (op.kind != ReduceKind::kSum) node.need_opset(18);  // before, the axes were an attribute
  node.add_integers_input("axes", op.axes);
  node.set_integer("keepdims", op.keeps_axes ? 1 : 0);
}

}  // namespace ockham::converters::onnx_io
