#include "runtime/cpu/onednn/onednn_kernels.h"
#include "runtime/cpu/onednn/primitives.h"

namespace ockham::cpu::onednn {
namespace {

/// Extents of the weight as oneDNN has them: groups come first where there are any.
dnnl::memory::dims weight_dims(const Shape& weight, std::int64_t groups) {
  if (groups == 1) return weight.dims();
  return {groups, weight[0] / groups, weight[1], weight[2], weight[3]};
}

/// The weight as WeightRows has it.
dnnl::memory::desc channels_innermost(const dnnl::memory::dims& weight) {
  using Tag = dnnl::memory::format_tag;
  return {weight, dnnl::memory::data_type::f32, weight.size() == 4 ? Tag::ohwi : Tag::gohwi};
}

/// oneDNN counts the gaps between taps, the graph their distance.
dnnl::memory::dims gaps(const Window2d& window) {
  return {window.dilation[0] - 1, window.dilation[1] - 1};
}

}  // namespace

bool convolution_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Conv2d>(computing_node(request.graph, step).op);
}

std::unique_ptr<Kernel> make_convolution(const KernelContext& context) {
  const Graph& graph = context.graph;
  const PlanStep& step = context.step;
  const Node& node = computing_node(graph, step);
  const auto& op = std::get<Conv2d>(node.op);
  const Shape& x = graph.value(node.inputs[0]).shape;
  const Shape& y = graph.value(step.output).shape;
  const dnnl::memory::dims weight = weight_dims(graph.value(node.inputs[1]).shape, op.groups);

  const auto describe = [&](std::int64_t batch) -> dnnl::primitive_desc {
    return dnnl::convolution_forward::primitive_desc(
        engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        channels_last(x, batch), any_layout(weight), row_major({y[1]}), channels_last(y, batch),
        spatial(op.window.stride), gaps(op.window), spatial(op.window.pad_begin),
        spatial(op.window.pad_end), attributes(context));
  };
  return make_kernel(context, {describe, WeightSource{.rows = WeightRows(context),
                                                      .plain = channels_innermost(weight)}});
}

}  // namespace ockham::cpu::onednn
