// The weights of a layer in the order in which its kernel meets what they multiply.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/cpu/kernel.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cpu {

/// Rows of a convolution or linear layer, or of one of a convolution's groups. Taps are ordered as
/// an NHWC image is, [row, column, channel]: those of a convolution always, those of a linear layer
/// where it reads an image that was flattened only in name and lies in NHWC.
class WeightRows {
 public:
  explicit WeightRows(const KernelContext& context, std::int64_t group = 0,
                      std::int64_t groups = 1);

  std::int64_t count() const { return count_; }
  std::int64_t taps() const { return rows_.taps(); }
  /// Names in PackedWeights what these rows hold, in whatever layout a kernel of the step wants.
  const std::string& key() const { return key_; }
  /// The weights of rows `first` to `last` - 1, one row after the other.
  void copy_weights(std::int64_t first, std::int64_t last, float* to) const;
  /// All rows in tiles of `width`, the last of fewer where `padded` says so: [tile][tap][row of the
  /// tile]. `padded` counts the rows of zeros behind the others, too, which fill the last tile up.
  void copy_tiles(std::int64_t width, std::int64_t padded, float* to) const;
  /// The tile of `width` rows from row `first` on: [tap][row of the tile].
  void copy_tile(std::int64_t first, std::int64_t width, float* to) const;
  /// Of all rows.
  void copy_biases(float* to) const { rows_.copy_biases(first_, first_ + count_, to); }

 private:
  LayerRows rows_;  ///< of all groups
  std::int64_t first_, count_;
  std::string key_;
  std::int64_t channels_;  ///< of an image of taps, which the graph has as [channel, row, column]
};

}  // namespace ockham::cpu
