// Which pixels a pixel of a resized image is made of. One place for all executors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "runtime/graph/operators/resize.h"

namespace ockham {

/// Extent of the output over that of the input on `axis` (0 height, 1 width), as `op` counts it.
template <class T>
T resize_scale(const Resize& op, int axis, std::int64_t in) {
  if (op.scale[axis] > 0.0f) return T{op.scale[axis]};
  return static_cast<T>(op.size[axis]) / static_cast<T>(in);
}

/// Where pixel `o` lies in the part of the image that kTfCropAndResize takes.
inline double cropped_coordinate(const Resize& op, int axis, std::int64_t in, std::int64_t o) {
  const double begin{op.begin[axis]}, end{op.end[axis]};
  const auto last = static_cast<double>(in - 1);
  if (op.size[axis] == 1) return (begin + end) / 2.0 * last;
  // Rounded once, by the division: a corner of the image must not come to lie beyond it.
  const auto behind = static_cast<double>(o), steps = static_cast<double>(op.size[axis] - 1);
  return (begin * (steps - behind) + end * behind) * last / steps;
}

/// Where pixel `o` of the output lies among the `in` pixels of the input; may be outside. In float,
/// it is rounded as ONNX Runtime rounds it.
/// Source: the operator Resize in ONNX's documentation.
template <class T>
T resize_coordinate(const Resize& op, int axis, std::int64_t in, std::int64_t o) {
  const auto pixel = static_cast<T>(o), extent = static_cast<T>(in);
  const auto size = static_cast<T>(op.size[axis]);
  const T scale = resize_scale<T>(op, axis, in);
  const T half_pixel = (pixel + T(0.5)) / scale - T(0.5);
  switch (op.coordinates) {
    case ResizeCoordinates::kHalfPixel:
      return half_pixel;
    case ResizeCoordinates::kPytorchHalfPixel:
      return op.size[axis] > 1 ? half_pixel : T{0};
    case ResizeCoordinates::kAlignCorners: {
      const T unrounded = op.scale[axis] > 0.0f ? extent * scale : size;
      if (op.size[axis] == 1 || unrounded <= T{1}) return T{0};
      return pixel * (extent - T{1}) / (unrounded - T{1});
    }
    case ResizeCoordinates::kAsymmetric:
      return pixel / scale;
    case ResizeCoordinates::kHalfPixelSymmetric: {
      const double offset{extent / T{2} * (T{1} - size / (extent * scale))};
      return static_cast<T>(offset + (static_cast<double>(o) + 0.5) / double{scale} - 0.5);
    }
    case ResizeCoordinates::kTfCropAndResize:
      return static_cast<T>(cropped_coordinate(op, axis, in, o));
  }
  return half_pixel;
}

/// Whether pixel `o` of the output lies beyond the image, where there is a number instead.
inline bool is_outside(const Resize& op, int axis, std::int64_t in, std::int64_t o) {
  if (!crops(op)) return false;
  const double x = cropped_coordinate(op, axis, in, o);
  return x < 0.0 || x > static_cast<double>(in - 1);
}

/// `x` is not below 0. What rounding may have moved away from the middle between two pixels counts
/// as there, as in ONNX Runtime.
inline std::int64_t nearest_pixel(NearestPixel rounding, float x) {
  constexpr float kMiddle = 1e-6f;
  const auto before = static_cast<std::int64_t>(x);
  const float from_middle = x - static_cast<float>(before) - 0.5f;
  switch (rounding) {
    case NearestPixel::kRoundPreferFloor:
      return from_middle > kMiddle ? before + 1 : before;
    case NearestPixel::kRoundPreferCeil:
      return from_middle < -kMiddle ? before : before + 1;
    case NearestPixel::kFloor:
      return before;
    case NearestPixel::kCeil:
      return static_cast<std::int64_t>(std::ceil(x));
  }
  return before;
}

/// The pixel of the input that pixel `o` of the output repeats. Counted in float by all executors:
/// rounding decides what becomes of a pixel in the middle between two.
inline std::int64_t repeated_pixel(const Resize& op, int axis, std::int64_t in, std::int64_t o) {
  const std::int64_t last = in - 1;
  const float x = resize_coordinate<float>(op, axis, in, o);
  const std::int64_t pixel =
      nearest_pixel(op.nearest, std::clamp(x, 0.0f, static_cast<float>(last)));
  return std::min(pixel, last);
}

/// Calls `visit(pixel, weight)` for the pixels that pixel `o` of the output is made of, on `axis`
/// of `in` pixels. The weights add up to 1; pixels beyond the border are those at the border.
template <class Visit>
void for_each_tap(const Resize& op, int axis, std::int64_t in, std::int64_t o, Visit visit) {
  if (op.kind == ResizeKind::kNearest) return visit(repeated_pixel(op, axis, in, o), 1.0);
  const double last = static_cast<double>(in - 1);
  const double x = resize_coordinate<double>(op, axis, in, o);
  const double slope = op.antialias ? std::min(1.0, resize_scale<double>(op, axis, in)) : 1.0;
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
