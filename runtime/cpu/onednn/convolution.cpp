#include "runtime/cpu/onednn/bfloat16.h"
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
dnnl::memory::desc channels_innermost(const dnnl::memory::dims& weight, StoredType type) {
  using Tag = dnnl::memory::format_tag;
  return {weight, data_type(type), weight.size() == 4 ? Tag::ohwi : Tag::gohwi};
}

/// oneDNN counts the gaps between taps, the graph their distance.
dnnl::memory::dims gaps(const Window2d& window) {
  return {window.dilation[0] - 1, window.dilation[1] - 1};
}

dnnl::memory::dims weight_dims(const Graph& graph, const Node& node) {
  return weight_dims(graph.value(node.inputs[1]).shape, std::get<Conv2d>(node.op).groups);
}

/// Empty where oneDNN has none and `may_lack` says that this is no error.
dnnl::primitive_desc describe(const Graph& graph, const PlanStep& step, const LayerTypes& types,
                              std::int64_t batch, bool may_lack = false) {
  const Node& node = computing_node(graph, step);
  const Window2d& window = std::get<Conv2d>(node.op).window;
  const Shape& x = graph.value(node.inputs[0]).shape;
  const Shape& y = graph.value(step.output).shape;
  return dnnl::convolution_forward::primitive_desc(
      engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
      channels_last(x, batch, types.read), any_layout(weight_dims(graph, node), types.read),
      row_major({y[1]}), channels_last(y, batch, types.written), spatial(window.stride),
      gaps(window), spatial(window.pad_begin), spatial(window.pad_end), attributes(graph, step),
      may_lack);
}

}  // namespace

bool convolution_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Conv2d>(computing_node(request.graph, step).op);
}

bool bfloat16_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  return convolution_supports(request, step) && may_run_in_bfloat16(request, step) &&
         is_fast_in_bfloat16(
             describe(request.graph, step, kBetweenBfloat16, request.max_batch, true));
}

Standing bfloat16_convolution_rule(const PlanRequest& request, const PlanStep& step) {
  if (std::get<Conv2d>(computing_node(request.graph, step).op).groups > 1) {
    return {Rank::kOnRequest, "groups leave few products to each sum"};
  }
  return bfloat16_standing(request, step.macs);
}

std::unique_ptr<Kernel> make_convolution(const KernelContext& context) {
  const LayerTypes types = types_of(context);
  const auto weight = weight_dims(context.graph, computing_node(context.graph, context.step));
  return make_kernel(
      context,
      {[&](std::int64_t batch) { return describe(context.graph, context.step, types, batch); },
       WeightSource{.rows = WeightRows(context), .plain = channels_innermost(weight, types.read)}});
}

}  // namespace ockham::cpu::onednn
