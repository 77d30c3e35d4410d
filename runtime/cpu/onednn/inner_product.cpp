#include <vector>

#include "runtime/cpu/onednn/onednn_kernels.h"
#include "runtime/cpu/onednn/primitives.h"
#include "runtime/cpu/transpose.h"

namespace ockham::cpu::onednn {
namespace {

/// Whether what the layer reads was flattened only in name, and lies in NHWC.
bool reads_channels_last(const KernelContext& context) {
  return context.read(0).layout == Layout::kChannelsLast;
}

/// The columns of a [neurons, C H W] weight in the order of an NHWC image.
std::vector<float> with_columns_channels_last(const std::vector<float>& weight,
                                              const Shape& image) {
  const std::int64_t pixels = image[2] * image[3];
  std::vector<float> permuted(weight.size());
  for (std::size_t row = 0; row < weight.size();
       row += static_cast<std::size_t>(image.elements())) {
    transpose(&weight[row], &permuted[row], image[1], pixels);
  }
  return permuted;
}

LayerWeights weights_of(const KernelContext& context) {
  LayerWeights weights = layer_weights(context.graph, context.step);
  if (reads_channels_last(context)) {
    const Shape& image = context.graph.value(context.step.inputs[0]).shape;
    weights.weight = with_columns_channels_last(weights.weight, image);
  }
  return weights;
}

std::string key_of(const KernelContext& context) {
  const std::string key = layer_weights_key(context.graph, context.step);
  if (!reads_channels_last(context)) return key;
  return key + " for nhwc " + context.graph.value(context.step.inputs[0]).shape.text();
}

}  // namespace

bool inner_product_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Linear>(computing_node(request.graph, step).op) &&
         has_relu_at_most(request.graph, step);
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
  const WeightSource weights{.key = key_of(context),
                             .plain = row_major(weight.dims()),
                             .load = [&] { return weights_of(context); }};
  return make_kernel(context, {describe, weights});
}

}  // namespace ockham::cpu::onednn
