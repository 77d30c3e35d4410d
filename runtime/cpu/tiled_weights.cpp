#include "runtime/cpu/tiled_weights.h"

#include <string>
#include <vector>

#include "runtime/graph/bfloat16.h"
#include "runtime/graph/divide_up.h"

namespace ockham::cpu {
namespace {

std::string key_of(const WeightRows& rows, const VectorTarget& target, StoredType type) {
  const std::string key = rows.key() + " tiles " + target.name;
  return type == StoredType::kFloat32 ? key : key + " " + std::string(name_of(type));
}

/// Rounds a tile, [tap][vector][lane], and puts the numbers of its vectors in turns.
void round_tile(const std::vector<float>& tile, std::int64_t vectors, std::int64_t lanes,
                Bfloat16* to) {
  const std::int64_t width = vectors * lanes;
  for (auto tap = tile.begin(); tap != tile.end(); tap += width) {
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      for (std::int64_t v = 0; v < vectors; ++v) *to++ = to_bfloat16(tap[v * lanes + lane]);
    }
  }
}

/// In tiles of `full` channels, the last of those that are left: of one vector, or of one channel.
void copy_rounded_tiles(const WeightRows& rows, std::int64_t full, std::int64_t padded,
                        Bfloat16* to) {
  std::vector<float> tile;
  for (std::int64_t first = 0; first < padded; first += full) {
    const std::int64_t width = std::min(full, padded - first);
    const std::int64_t vectors = width == full ? kTileVectors : 1;
    tile.resize(static_cast<std::size_t>(width * rows.taps()));
    rows.copy_tile(first, width, tile.data());
    round_tile(tile, vectors, width / vectors, to + first * rows.taps());
  }
}

}  // namespace

TiledWeights::TiledWeights(const KernelContext& context, StoredType type)
    : TiledWeights(context, WeightRows(context), type) {}

TiledWeights::TiledWeights(const KernelContext& context, std::int64_t group, std::int64_t groups)
    : TiledWeights(context, WeightRows(context, group, groups), StoredType::kFloat32) {}

TiledWeights::TiledWeights(const KernelContext& context, const WeightRows& rows, StoredType type)
    : target_(&vector_target(rows.count())),
      type_(type),
      channels_(rows.count()),
      tiles_((channels_ - 1) / tile_channels() + 1) {
  const std::int64_t padded = weight_channels(*target_, channels_);
  const std::int64_t weights = padded * rows.taps();
  bias_ = type == StoredType::kBfloat16 ? divide_up(weights, 2) : weights;
  const auto bytes = static_cast<std::size_t>(bias_ + padded) * sizeof(float);
  block_ = context.weights.get(key_of(rows, *target_, type), bytes, [&](AlignedBuffer& block) {
    if (type == StoredType::kBfloat16) {
      copy_rounded_tiles(rows, tile_channels(), padded, reinterpret_cast<Bfloat16*>(block.data()));
    } else {
      rows.copy_tiles(tile_channels(), padded, block.floats());
    }
    rows.copy_biases(block.floats() + bias_);
  });
}

}  // namespace ockham::cpu
