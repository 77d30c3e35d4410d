// Which pixels a pixel of a resized image is made of. One place for all executors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/graph/operators/resize.h"

namespace ockham {

/// Extent of the output over that of the input on `axis` (0 height, 1 width), as `op` counts it.
inline double resize_scale(const Resize& op, int axis, std::int64_t in) {
  if (op.scale[axis] > 0.0f) return static_cast<double>(op.scale[axis]);
  return static_cast<double>(op.size[axis]) / static_cast<double>(in);
}

/// Where pixel `o` of the output lies among the `in` pixels of the input; may be outside.
/// Source: the operator Resize in ONNX's documentation.
inline double resize_coordinate(const Resize& op, int axis, std::int64_t in, std::int64_t o) {
  const double scale = resize_scale(op, axis, in), extent = static_cast<double>(in);
  const auto size = static_cast<double>(op.size[axis]);
  // Rounded once, so that what lies in the middle between two pixels stays there.
  const auto unscaled = [&](double x) {
    return op.scale[axis] > 0.0f ? x / scale : x * extent / size;
  };
  const double half_pixel = unscaled(static_cast<double>(o) + 0.5) - 0.5;
  switch (op.coordinates) {
    case ResizeCoordinates::kHalfPixel:
      return half_pixel;
    case ResizeCoordinates::kPytorchHalfPixel:
      return op.size[axis] > 1 ? half_pixel : 0.0;
    case ResizeCoordinates::kAlignCorners:
      if (op.size[axis] == 1 || extent * scale <= 1.0) return 0.0;
      return static_cast<double>(o) * (extent - 1.0) / (extent * scale - 1.0);
    case ResizeCoordinates::kAsymmetric:
      return unscaled(static_cast<double>(o));
    case ResizeCoordinates::kHalfPixelSymmetric: {
      const double filled = static_cast<double>(op.size[axis]) / (extent * scale);
      return extent / 2.0 * (1.0 - filled) + half_pixel;
    }
    case ResizeCoordinates::kTfCropAndResize: {
      const double begin{op.begin[axis]}, end{op.end[axis]};
      if (op.size[axis] == 1) return (begin + end) / 2.0 * (extent - 1.0);
      // Rounded once, by the division: a corner of the image must not come to lie beyond it.
      const auto behind = static_cast<double>(o), steps = static_cast<double>(op.size[axis] - 1);
      return (begin * (steps - behind) + end * behind) * (extent - 1.0) / steps;
    }
  }
  return half_pixel;
}

/// Whether pixel `o` of the output lies beyond the image, where there is a number instead.
inline bool is_outside(const Resize& op, int axis, std::int64_t in, std::int64_t o) {
  if (!crops(op)) return false;
  const double x = resize_coordinate(op, axis, in, o);
  return x < 0.0 || x > static_cast<double>(in - 1);
}

inline std::int64_t nearest_pixel(NearestPixel rounding, double x) {
  switch (rounding) {
    case NearestPixel::kRoundPreferFloor:
      return static_cast<std::int64_t>(std::ceil(x - 0.5));
    case NearestPixel::kRoundPreferCeil:
      return static_cast<std::int64_t>(std::floor(x + 0.5));
    case NearestPixel::kFloor:
      return static_cast<std::int64_t>(std::floor(x));
    case NearestPixel::kCeil:
      return static_cast<std::int64_t>(std::ceil(x));
  }
  return 0;
}

/// Calls `visit(pixel, weight)` for the pixels that pixel `o` of the output is made of, on `axis`
/// of `in` pixels. The weights add up to 1; pixels beyond the border are those at the border.
template <class Visit>
void for_each_tap(const Resize& op, int axis, std::int64_t in, std::int64_t o, Visit visit) {
  const double last = static_cast<double>(in - 1);
  const double x = resize_coordinate(op, axis, in, o);
  if (op.kind == ResizeKind::kNearest) {
    visit(nearest_pixel(op.nearest, std::clamp(x, 0.0, last)), 1.0);
    return;
  }
  const double slope = op.antialias ? std::min(1.0, resize_scale(op, axis, in)) : 1.0;
  const double reach = 1.0 / slope;
  const double middle = std::clamp(x, -reach, last + reach);
  const auto first = static_cast<std::int64_t>(std::floor(middle - reach)) + 1;
  const auto end = static_cast<std::int64_t>(std::ceil(middle + reach));
  const auto weight = [&](std::int64_t pixel) {
    return std::max(0.0, 1.0 - std::abs(static_cast<double>(pixel) - middle) * slope);
  };
  double sum = 0.0;
  for (std::int64_t pixel = first; pixel < end; ++pixel) sum += weight(pixel);
  for (std::int64_t pixel = first; pixel < end; ++pixel) {
    visit(std::clamp<std::int64_t>(pixel, 0, in - 1), weight(pixel) / sum);
  }
}

}  // namespace ockham
