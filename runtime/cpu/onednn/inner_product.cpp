#include "runtime/cpu/onednn/bfloat16.h"
#include "runtime/cpu/onednn/onednn_kernels.h"
#include "runtime/cpu/onednn/primitives.h"

namespace ockham::cpu::onednn {
namespace {

const Shape& weight_shape(const Graph& graph, const PlanStep& step) {
  return graph.value(computing_node(graph, step).inputs[1]).shape;
}

/// Empty where oneDNN has none and `may_lack` says that this is no error.
dnnl::primitive_desc describe(const Graph& graph, const PlanStep& step, const LayerTypes& types,
                              std::int64_t batch, bool may_lack = false) {
  const Shape& weight = weight_shape(graph, step);
  return dnnl::inner_product_forward::primitive_desc(
      engine(), dnnl::prop_kind::forward_inference, row_major({batch, weight[1]}, types.read),
      any_layout(weight.dims(), types.read), row_major({weight[0]}),
      row_major({batch, weight[0]}, types.written), attributes(graph, step), may_lack);
}

}  // namespace

bool inner_product_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Linear>(computing_node(request.graph, step).op);
}

bool bfloat16_inner_product_supports(const PlanRequest& request, const PlanStep& step) {
  return inner_product_supports(request, step) && may_run_in_bfloat16(request, step) &&
         is_fast_in_bfloat16(
             describe(request.graph, step, kBetweenBfloat16, request.max_batch, true));
}

Standing bfloat16_inner_product_rule(const PlanRequest& request, const PlanStep& step) {
  return bfloat16_standing(request, saturating_multiply(step.macs, request.max_batch));
}

std::unique_ptr<Kernel> make_inner_product(const KernelContext& context) {
  const LayerTypes types = types_of(context);
  const Shape& weight = weight_shape(context.graph, context.step);
  return make_kernel(
      context,
      {[&](std::int64_t batch) { return describe(context.graph, context.step, types, batch); },
       WeightSource{.rows = WeightRows(context), .plain = row_major(weight.dims(), types.read)}});
}

}  // namespace ockham::cpu::onednn
