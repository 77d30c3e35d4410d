#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>
#include <vector>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

/// Before this opset, all axes from `axis` on are one.
constexpr std::int64_t kFirstOpsetOfOneAxis = 13;

struct Name {
  std::string_view op_type;
  SoftmaxKind kind;
};

constexpr Name kNames[] = {{"Softmax", SoftmaxKind::kSoftmax},
                           {"LogSoftmax", SoftmaxKind::kLogSoftmax},
                           {"Hardmax", SoftmaxKind::kHardmax}};

/// Along all axes from `op.axis` on at once: they are made one, and parted again.
void emit_along_many(NodeImport& node, const Softmax& op, ValueId x) {
  const std::vector<std::int64_t> dims = node.shape(x).dims();
  const auto first = dims.begin() + op.axis;
  const std::int64_t joined =
      std::accumulate(first, dims.end(), std::int64_t{1}, std::multiplies());
  std::vector<std::int64_t> inner;
  if (op.axis > 1) {
    inner.assign(dims.begin() + 2, first);
    inner.push_back(joined);
  }
  NodeChain chain(node, x);
  chain.add(Reshape{inner});
  chain.add(op);
  chain.add(Reshape{{dims.begin() + 2, dims.end()}});
  chain.finish();
}

}  // namespace

void import_softmax(NodeImport& node) {
  node.expect_inputs(1, 1);
  const ValueId x = node.activation(0);
  const Shape& shape = node.shape(x);
  const bool is_old = node.opset() < kFirstOpsetOfOneAxis;
  const std::int64_t axis =
      import_axis(node, node.attributes().integer("axis", is_old ? 1 : -1), shape.rank());
  const Softmax op{axis, std::ranges::find(kNames, node.op_type(), &Name::op_type)->kind};
  const auto behind = shape.dims().begin() + axis + 1;
  const bool has_more = std::any_of(behind, shape.dims().end(), [](auto dim) { return dim != 1; });
  if (is_old && has_more) return emit_along_many(node, op, x);
  node.emit(op, {x});
}

void export_node(const Softmax& op, NodeExport& node) {
  node.set_operator(std::ranges::find(kNames, op.kind, &Name::kind)->op_type);
  node.set_integer("axis", op.axis);
}

}  // namespace ockham::converters::onnx_io
