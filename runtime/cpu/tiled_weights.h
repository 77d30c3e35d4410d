// TiledWeights: weights of a convolution or linear layer in the order that tiles read them in.
#pragma once

#include <algorithm>
#include <memory>

#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/vector/tiles.h"
#include "runtime/cpu/weight_rows.h"

namespace ockham::cpu {

/// Weights in tiles, and the biases of their channels.
class TiledWeights {
 public:
  /// Of the step's layer, in float32 or, rounded here, in bfloat16.
  explicit TiledWeights(const KernelContext& context, StoredType type = StoredType::kFloat32);
  /// Of one of the layer's groups, in float32.
  TiledWeights(const KernelContext& context, std::int64_t group, std::int64_t groups);

  /// With these weights and biases, and as many channels, whatever `run` says.
  void run(TileRun run) const {
    run.weights = block_->data();
    run.weight_type = type_;
    run.bias = bias();
    run.channels = channels_;
    target_->run_tiles(run);
  }

  /// Of the channels those of these tiles alone.
  void run(TileRun run, std::int64_t first_tile, std::int64_t last_tile) const {
    const auto [first, count] = channels(first_tile, last_tile);
    const std::int64_t weights_before = first * run.rows * run.taps;
    run.weights = block_->data() + weights_before * static_cast<std::int64_t>(bytes_of(type_));
    run.weight_type = type_;
    run.bias = bias() + first;
    run.y += first;
    if (run.residual != nullptr) run.residual += first;
    run.channels = count;
    target_->run_tiles(run);
  }

  struct Channels {
    std::int64_t first, count;
  };

  /// Of these tiles.
  Channels channels(std::int64_t first_tile, std::int64_t last_tile) const {
    const std::int64_t first = first_tile * tile_channels();
    return {first, std::min(channels_, last_tile * tile_channels()) - first};
  }

  /// Tiles that the channels are divided into.
  std::int64_t tiles() const { return tiles_; }

  /// As `tile_weight_index` orders them; those in float32.
  const float* weights() const { return block_->floats(); }
  /// One for each channel that weights are kept for, in float32 always.
  const float* bias() const { return block_->floats() + bias_; }

  const char* target_name() const { return target_->name; }

 private:
  TiledWeights(const KernelContext& context, const WeightRows& rows, StoredType type);

  std::int64_t tile_channels() const { return kTileVectors * target_->lanes; }

  const VectorTarget* target_;
  StoredType type_;
  std::int64_t channels_, tiles_;
  std::int64_t bias_ = 0;  ///< floats into the block
  std::shared_ptr<const AlignedBuffer> block_;
};

}  // namespace ockham::cpu
