#include "runtime/graph/operators/resize.h"

#include <algorithm>
#include <cmath>

#include "runtime/graph/number_text.h"
#include "runtime/graph/operators/memory_cost.h"

namespace ockham {

std::string_view name_of(ResizeKind kind) {
  return kind == ResizeKind::kNearest ? "nearest" : "linear";
}

std::string_view name_of(ResizeCoordinates coordinates) {
  switch (coordinates) {
    case ResizeCoordinates::kHalfPixel:
      return "half_pixel";
    case ResizeCoordinates::kPytorchHalfPixel:
      return "pytorch_half_pixel";
    case ResizeCoordinates::kAlignCorners:
      return "align_corners";
    case ResizeCoordinates::kAsymmetric:
      return "asymmetric";
    case ResizeCoordinates::kHalfPixelSymmetric:
      return "half_pixel_symmetric";
    case ResizeCoordinates::kTfCropAndResize:
      return "tf_crop_and_resize";
  }
  return "coordinates of an unknown kind";
}

std::string_view name_of(NearestPixel pixel) {
  switch (pixel) {
    case NearestPixel::kRoundPreferFloor:
      return "round_prefer_floor";
    case NearestPixel::kRoundPreferCeil:
      return "round_prefer_ceil";
    case NearestPixel::kFloor:
      return "floor";
    case NearestPixel::kCeil:
      return "ceil";
  }
  return "pixel of an unknown kind";
}

namespace {

/// A scale far from the ratio of the extents would let an output pixel reach over more pixels than
/// there are.
void expect_scale(const OperatorInputs& inputs, const Resize& op, int i) {
  if (op.scale[i] == 0.0f) return;
  const double out = static_cast<double>(op.size[i]);
  const double in = static_cast<double>(inputs[0].shape[i + 2]);
  const double ratio = static_cast<double>(op.scale[i]) * in / out;
  if (ratio >= 0.5 && ratio <= 2.5) return;
  fail(inputs, "scale is " + number_text(op.scale[i]) + ", expected about " +
                   number_text(out / in) + ", as the extents say");
}

void expect_crop(const OperatorInputs& inputs, const Resize& op) {
  for (const float number : {op.begin[0], op.begin[1], op.end[0], op.end[1], op.outside}) {
    if (!std::isfinite(number)) fail(inputs, "a number is not finite");
  }
  if (op.scale[0] != 0.0f || op.scale[1] != 0.0f || op.antialias) {
    fail(inputs, "scale or antialias is set, expected none with tf_crop_and_resize");
  }
}

void expect_no_crop(const OperatorInputs& inputs, const Resize& op) {
  const Resize none;
  if (std::ranges::equal(op.begin, none.begin) && std::ranges::equal(op.end, none.end) &&
      op.outside == none.outside) {
    return;
  }
  fail(inputs, "takes a part of the image, expected that of tf_crop_and_resize alone");
}

}  // namespace

Shape infer_shape(const Resize& op, const OperatorInputs& inputs) {
  expect_inputs(inputs, 1, 1);
  expect_activation(inputs, 0, 4);
  expect_kind(inputs, op.kind, ResizeKind::kLinear);
  expect_kind(inputs, op.coordinates, kLastResizeCoordinates);
  expect_kind(inputs, op.nearest, kLastNearestPixel);
  crops(op) ? expect_crop(inputs, op) : expect_no_crop(inputs, op);
  Shape shape = inputs[0].shape;
  for (int i = 0; i < 2; ++i) {
    if (op.size[i] < 1 || op.size[i] > kMaxElements) {
      fail(inputs, "size is " + std::to_string(op.size[i]) + ", expected 1 to " +
                       std::to_string(kMaxElements));
    }
    expect_scale(inputs, op, i);
    shape[i + 2] = op.size[i];
  }
  expect_size(inputs, shape);
  return shape;
}

NodeCost operator_cost(const Resize&, const OperatorInputs& inputs, const Shape& output) {
  return memory_cost(inputs, output);
}

}  // namespace ockham
