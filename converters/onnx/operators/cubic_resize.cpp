#include "converters/onnx/operators/cubic_resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "runtime/graph/operators/resize_taps.h"

namespace ockham::converters::onnx_io {
namespace {

constexpr std::size_t kTaps = 4;

/// What a position at this distance weighs. Source: R. Keys, Cubic Convolution Interpolation for
/// Digital Image Processing, 1981.
double cubic_weight(double a, double distance) {
  const double d = std::abs(distance);
  if (d <= 1.0) return ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0;
  if (d < 2.0) return ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a;
  return 0.0;
}

/// For each of the four neighbours, where it lies and what it weighs, for each output position.
struct Taps {
  std::array<std::vector<std::int64_t>, kTaps> positions;
  std::array<std::vector<float>, kTaps> weights;
};

Taps taps_of(NodeImport& node, const CubicResize& resize, int axis, std::int64_t in) {
  const auto out = static_cast<std::size_t>(resize.geometry.size[axis]);
  node.charge(kTaps * out * sizeof(float));
  Taps taps;
  for (std::size_t k = 0; k < kTaps; ++k) {
    taps.positions[k] = node.room_for_indices(resize.geometry.size[axis]);
    taps.weights[k].reserve(out);
  }
  for (std::size_t o = 0; o < out; ++o) {
    const double x =
        resize_coordinate<double>(resize.geometry, axis, in, static_cast<std::int64_t>(o));
    const double before = std::floor(x);
    std::array<double, kTaps> weights{};
    double sum = 0.0;
    for (std::size_t k = 0; k < kTaps; ++k) {
      const double at = before - 1.0 + static_cast<double>(k);
      const bool is_outside = at < 0.0 || at > static_cast<double>(in - 1);
      weights[k] = resize.excludes_outside && is_outside
                       ? 0.0
                       : cubic_weight(static_cast<double>(resize.coefficient), x - at);
      sum += weights[k];
      taps.positions[k].push_back(
          static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(in - 1))));
    }
    if (resize.excludes_outside && sum == 0.0) node.invalid("a pixel lies far beyond the image");
    for (std::size_t k = 0; k < kTaps; ++k) {
      const double weight = resize.excludes_outside ? weights[k] / sum : weights[k];
      taps.weights[k].push_back(static_cast<float>(weight));
    }
  }
  return taps;
}

}  // namespace

void add_cubic_resize(NodeImport& node, NodeChain& chain, const CubicResize& resize) {
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t in = chain.shape()[axis + 2], out = resize.geometry.size[axis];
    if (out == in && resize.geometry.scale[axis] == 0.0f) continue;
    Taps taps = taps_of(node, resize, axis, in);
    const ValueId whole = chain.value();
    for (std::size_t k = 0; k < kTaps; ++k) {
      const ValueId tap =
          node.compute(SpatialGather{axis + 2, std::move(taps.positions[k])}, {whole});
      const ValueId weights =
          node.made_constant("weights", axis == 0 ? Shape({1, out, 1}) : Shape({1, 1, out}),
                             std::move(taps.weights[k]));
      if (k == 0) {
        chain.start(Binary{BinaryKind::kMul}, {tap, weights});
        continue;
      }
      const ValueId weighted = node.compute(Binary{BinaryKind::kMul}, {tap, weights});
      const ValueId sum = chain.value();
      chain.start(Binary{BinaryKind::kAdd}, {sum, weighted});
    }
  }
}

}  // namespace ockham::converters::onnx_io
