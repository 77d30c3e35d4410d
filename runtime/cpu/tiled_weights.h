// TiledWeights: weights of a convolution or linear layer in the order that tiles read them in.
#pragma once

#include <algorithm>
#include <memory>

#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/vector/tiles.h"
#include "runtime/cpu/weight_rows.h"

namespace ockham::cpu {

/// Weights in tiles, and one bias for each lane.
class TiledWeights {
 public:
  /// Of the step's layer.
  explicit TiledWeights(const KernelContext& context);

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

  /// As `tile_weight_index` orders them.
  const float* weights() const { return block_->floats(); }
  /// One for each lane.
  const float* bias() const { return block_->floats() + bias_; }

  const char* target_name() const { return target_->name; }

 private:
  TiledWeights(const KernelContext& context, const WeightRows& rows);

  std::int64_t tile_channels() const { return kTileVectors * target_->lanes; }

  const VectorTarget* target_;
  std::int64_t channels_, tiles_;
  std::int64_t bias_ = 0;  ///< floats into the block
  std::shared_ptr<const AlignedBuffer> block_;
};

}  // namespace ockham::cpu
