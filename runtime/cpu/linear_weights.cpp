#include "runtime/cpu/linear_weights.h"

#include <vector>

#include "runtime/cpu/transpose.h"

namespace ockham::cpu {
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

}  // namespace

LayerWeights linear_weights(const KernelContext& context) {
  LayerWeights weights = layer_weights(context.graph, context.step);
  if (reads_channels_last(context)) {
    const Shape& image = context.graph.value(context.step.inputs[0]).shape;
    weights.weight = with_columns_channels_last(weights.weight, image);
  }
  return weights;
}

std::string linear_weights_key(const KernelContext& context) {
  std::string key = layer_weights_key(context.graph, context.step);
  if (!reads_channels_last(context)) return key;
  return key + " for nhwc " + context.graph.value(context.step.inputs[0]).shape.text();
}

}  // namespace ockham::cpu
