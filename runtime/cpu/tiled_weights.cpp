#include "runtime/cpu/tiled_weights.h"

#include <vector>

#include "runtime/cpu/transpose.h"

namespace ockham::cpu {

TiledWeights::TiledWeights(const KernelContext& context)
    : TiledWeights(context, WeightRows(context)) {}

TiledWeights::TiledWeights(const KernelContext& context, const WeightRows& rows)
    : target_(&vector_target(rows.count())),
      channels_(rows.count()),
      tiles_((channels_ - 1) / tile_channels() + 1) {
  const std::int64_t padded = padded_channels(*target_, channels_);
  bias_ = padded * rows.taps();
  const auto bytes = static_cast<std::size_t>(bias_ + padded) * sizeof(float);
  block_ =
      context.weights.get(rows.key() + " tiles " + target_->name, bytes, [&](AlignedBuffer& block) {
        pack(rows, block.floats());
        rows.copy_biases(block.floats() + bias_);
      });
}

/// A tile is the transpose of its channels' rows, with zeros for the channels that pad it.
void TiledWeights::pack(const WeightRows& rows, float* to) const {
  const std::int64_t padded = padded_channels(*target_, channels_);
  std::vector<float> tile(static_cast<std::size_t>(tile_channels() * rows.taps()));
  for (std::int64_t first = 0; first < channels_; first += tile_channels()) {
    const std::int64_t last = std::min(channels_, first + tile_channels());
    rows.copy_weights(first, last, tile.data());
    std::fill(tile.begin() + (last - first) * rows.taps(), tile.end(), 0.0f);
    transpose(tile.data(), to + tile_weight_index(*target_, channels_, rows.taps(), first, 0),
              std::min(padded - first, tile_channels()), rows.taps());
  }
}

}  // namespace ockham::cpu
