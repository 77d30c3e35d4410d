#include "runtime/cpu/tiled_weights.h"

namespace ockham::cpu {

TiledWeights::TiledWeights(const KernelContext& context, std::int64_t group, std::int64_t groups)
    : TiledWeights(context, WeightRows(context, group, groups)) {}

TiledWeights::TiledWeights(const KernelContext& context, const WeightRows& rows)
    : target_(&vector_target(rows.count())),
      channels_(rows.count()),
      tiles_((channels_ - 1) / tile_channels() + 1) {
  const std::int64_t padded = weight_channels(*target_, channels_);
  bias_ = padded * rows.taps();
  const auto bytes = static_cast<std::size_t>(bias_ + padded) * sizeof(float);
  block_ =
      context.weights.get(rows.key() + " tiles " + target_->name, bytes, [&](AlignedBuffer& block) {
        rows.copy_tiles(tile_channels(), padded, block.floats());
        rows.copy_biases(block.floats() + bias_);
      });
}

}  // namespace ockham::cpu
