#include "runtime/cpu/onednn/onednn_kernels.h"
#include "runtime/cpu/onednn/primitives.h"

namespace ockham::cpu::onednn {
bool inner_product_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Linear>(computing_node(request.graph, step).op);
}

std::unique_ptr<Kernel> make_inner_product(const KernelContext& context) {
  const Graph& graph = context.graph;
  const Shape& weight = graph.value(computing_node(graph, context.step).inputs[1]).shape;

  const auto describe = [&](std::int64_t batch) -> dnnl::primitive_desc {
    return dnnl::inner_product_forward::primitive_desc(
        engine(), dnnl::prop_kind::forward_inference, row_major({batch, weight[1]}),
        any_layout(weight.dims()), row_major({weight[0]}), row_major({batch, weight[0]}),
        attributes(context));
  };
  return make_kernel(context, {describe, WeightSource{.rows = WeightRows(context),
                                                      .plain = row_major(weight.dims())}});
}

}  // namespace ockham::cpu::onednn
