#include "runtime/cpu/onednn/onednn_kernels.h"
#include "runtime/cpu/onednn/primitives.h"

namespace ockham::cpu::onednn {
namespace {

dnnl::algorithm algorithm(const Pool2d& op) {
  return op.count_include_pad ? dnnl::algorithm::pooling_avg_include_padding
                              : dnnl::algorithm::pooling_avg_exclude_padding;
}

}  // namespace

bool pooling_supports(const PlanRequest& request, const PlanStep& step) {
  const auto* op = std::get_if<Pool2d>(&computing_node(request.graph, step).op);
  return op != nullptr && op->kind == PoolKind::kAverage && is_one_node(step);
}

std::unique_ptr<Kernel> make_pooling(const KernelContext& context) {
  const Node& node = computing_node(context.graph, context.step);
  const auto& op = std::get<Pool2d>(node.op);
  const Shape& x = context.graph.value(node.inputs[0]).shape;
  const Shape& y = context.graph.value(context.step.output).shape;
  const dnnl::memory::dims no_gaps = {0, 0};

  const auto describe = [&](std::int64_t batch) -> dnnl::primitive_desc {
    return dnnl::pooling_forward::primitive_desc(
        engine(), dnnl::prop_kind::forward_inference, algorithm(op), channels_last(x, batch),
        channels_last(y, batch), spatial(op.window.stride), spatial(op.window.kernel), no_gaps,
        spatial(op.window.pad_begin), spatial(op.window.pad_end), attributes(context));
  };
  return make_kernel(context, {describe, std::nullopt});
}

}  // namespace ockham::cpu::onednn
