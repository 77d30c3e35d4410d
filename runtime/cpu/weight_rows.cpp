#include "runtime/cpu/weight_rows.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "runtime/cpu/transpose.h"

namespace ockham::cpu {
namespace {

/// What a linear layer flattened only in name and reads in NHWC, or nullptr.
const Shape* image_of_columns(const KernelContext& context) {
  const bool is_linear =
      std::holds_alternative<Linear>(computing_node(context.graph, context.step).op);
  const bool reads_channels_last = context.read(0).layout == Layout::kChannelsLast;
  return is_linear && reads_channels_last ? &context.graph.value(context.step.inputs[0]).shape
                                          : nullptr;
}

/// Of an image of taps; 1 where taps are in the graph's order.
std::int64_t channels_of_taps(const KernelContext& context) {
  if (const Shape* image = image_of_columns(context)) return (*image)[1];
  const Node& layer = computing_node(context.graph, context.step);
  return std::holds_alternative<Conv2d>(layer.op) ? context.graph.value(layer.inputs[1]).shape[1]
                                                  : 1;
}

std::string key_of(const KernelContext& context, std::int64_t group, std::int64_t groups) {
  std::string key = layer_weights_key(context.graph, context.step);
  if (groups > 1) key += " group " + std::to_string(group);
  const Shape* image = image_of_columns(context);
  return image == nullptr ? key : key + " for nhwc " + image->text();
}

}  // namespace

WeightRows::WeightRows(const KernelContext& context, std::int64_t group, std::int64_t groups)
    : rows_(context.graph, context.step),
      first_(rows_.count() / groups * group),
      count_(rows_.count() / groups),
      key_(key_of(context, group, groups)),
      channels_(channels_of_taps(context)) {}

void WeightRows::copy_weights(std::int64_t first, std::int64_t last, float* to) const {
  const std::int64_t places = taps() / channels_;
  if (channels_ == 1 || places == 1) {  // both orders are the same
    rows_.copy_weights(first_ + first, first_ + last, to);
    return;
  }
  std::vector<float> row(static_cast<std::size_t>(taps()));
  for (; first < last; ++first, to += taps()) {
    rows_.copy_weights(first_ + first, first_ + first + 1, row.data());
    transpose(row.data(), to, channels_, places);
  }
}

void WeightRows::copy_tiles(std::int64_t width, std::int64_t padded, float* to) const {
  for (std::int64_t first = 0; first < padded; first += width) {
    copy_tile(first, std::min(width, padded - first), to + first * taps());
  }
}

void WeightRows::copy_tile(std::int64_t first, std::int64_t width, float* to) const {
  std::vector<float> rows(static_cast<std::size_t>(width * taps()));
  copy_weights(first, std::min(count(), first + width), rows.data());
  transpose(rows.data(), to, width, taps());
}

}  // namespace ockham::cpu
