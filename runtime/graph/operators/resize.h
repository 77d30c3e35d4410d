// Resize: an image in another size, by the nearest pixel or by linear interpolation.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/graph/operators/operator_rules.h"

namespace ockham {

enum class ResizeKind : std::uint8_t { kNearest, kLinear };

/// Where a pixel of the output lies in the input; ONNX's coordinate_transformation_mode.
enum class ResizeCoordinates : std::uint8_t {
  kHalfPixel,           ///< (o + 0.5) / scale - 0.5
  kPytorchHalfPixel,    ///< the same; 0 when the output has one pixel
  kAlignCorners,        ///< o (in - 1) / (out - 1); 0 when the output has one pixel
  kAsymmetric,          ///< o / scale
  kHalfPixelSymmetric,  ///< half pixels around the middle of the image
  kTfCropAndResize,     ///< corners on those of a part of the image
};
inline constexpr auto kLastResizeCoordinates = ResizeCoordinates::kTfCropAndResize;
/// As ONNX spells it.
std::string_view name_of(ResizeCoordinates coordinates);

/// Which neighbour is the nearest; ONNX's nearest_mode.
enum class NearestPixel : std::uint8_t { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil };
inline constexpr auto kLastNearestPixel = NearestPixel::kCeil;
std::string_view name_of(NearestPixel pixel);
std::string_view name_of(ResizeKind kind);

/// Input: x [N, C, H, W]. Output: [N, C, size[0], size[1]].
struct Resize {
  ResizeKind kind = ResizeKind::kNearest;
  ResizeCoordinates coordinates = ResizeCoordinates::kHalfPixel;
  NearestPixel nearest = NearestPixel::kRoundPreferFloor;  ///< for kNearest
  std::int64_t size[2] = {1, 1};                           ///< height, width
  /// Output to input, in the coordinates: 0 for the ratio of their extents, or a number near it.
  float scale[2] = {0.0f, 0.0f};
  bool antialias = false;  ///< kLinear: a shrunk image averages over more pixels
  // For kTfCropAndResize: the part of the image that is taken (height, width; the first pixel is at
  // 0, the last at 1), and what lies beyond the image.
  float begin[2] = {0.0f, 0.0f};
  float end[2] = {1.0f, 1.0f};
  float outside = 0.0f;

  bool operator==(const Resize&) const = default;
};

/// Whether only a part of the image is taken.
inline bool crops(const Resize& op) {
  return op.coordinates == ResizeCoordinates::kTfCropAndResize;
}

Shape infer_shape(const Resize& op, const OperatorInputs& inputs);
NodeCost operator_cost(const Resize& op, const OperatorInputs& inputs, const Shape& output);

}  // namespace ockham
