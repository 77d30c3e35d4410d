// TiledWeights: weights of a convolution or linear layer in the order that tiles read them in.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/vector/tiles.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cpu {

/// Weights in tiles, and one bias for each lane.
class TiledWeights {
 public:
  /// `load()` returns the LayerWeights; `order(tap)` is where the weight of a filter's or neuron's
  /// tap lies among its weights.
  template <class Load, class Order>
  TiledWeights(PackedWeights& packed, const std::string& key, std::int64_t channels,
               std::int64_t taps, Load load, Order order)
      : target_(&vector_target(channels)),
        channels_(channels),
        tiles_((channels - 1) / tile_channels() + 1) {
    const std::int64_t padded = padded_channels(*target_, channels);
    const std::int64_t weights = padded * taps;
    bias_ = weights;
    const auto bytes = static_cast<std::size_t>(weights + padded) * sizeof(float);
    block_ = packed.get(key + " tiles " + target_->name, bytes, [&](AlignedBuffer& block) {
      const LayerWeights layer = load();
      for (std::int64_t channel = 0; channel < channels; ++channel) {
        const float* from = &layer.weight[static_cast<std::size_t>(channel * taps)];
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          block.floats()[tile_weight_index(*target_, channels, taps, channel, tap)] =
              from[order(tap)];
        }
      }
      std::ranges::copy(layer.bias, block.floats() + bias_);
    });
  }

  /// With these weights and biases, and as many channels, whatever `row` says.
  void run(TileRow row) const {
    row.weights = block_->floats();
    row.bias = block_->floats() + bias_;
    row.channels = channels_;
    target_->run_tiles(row);
  }

  /// Of the channels those of these tiles alone.
  void run(TileRow row, std::int64_t first_tile, std::int64_t last_tile) const {
    const std::int64_t first = first_tile * tile_channels();
    row.weights = block_->floats() + first * row.rows * row.taps;
    row.bias = block_->floats() + bias_ + first;
    row.y += first;
    row.channels = std::min(channels_, last_tile * tile_channels()) - first;
    target_->run_tiles(row);
  }

  /// Tiles that the channels are divided into.
  std::int64_t tiles() const { return tiles_; }

  /// One for each lane.
  const float* bias() const { return block_->floats() + bias_; }

  const char* target_name() const { return target_->name; }

 private:
  std::int64_t tile_channels() const { return kTileVectors * target_->lanes; }

  const VectorTarget* target_;
  std::int64_t channels_, tiles_;
  std::int64_t bias_ = 0;  ///< floats into the block
  std::shared_ptr<const AlignedBuffer> block_;
};

/// Of tap [row, column, channel] of a convolution the place in the graph's order, which is
/// [channel, row, column]. `kernel_taps` are the rows times the columns.
inline auto convolution_order(std::int64_t kernel_taps, std::int64_t channels) {
  return [=](std::int64_t tap) { return tap % channels * kernel_taps + tap / channels; };
}

}  // namespace ockham::cpu
