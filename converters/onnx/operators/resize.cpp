// Resize, and Upsample as it was called before opset 10.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/cubic_resize.h"
#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/window.h"
#include "converters/onnx/text.h"
#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"

namespace ockham::converters::onnx_io {
namespace {

template <class Kind>
Kind import_kind(NodeImport& node, const char* attribute, std::string_view otherwise, Kind last) {
  const std::string text = node.attributes().text(attribute, otherwise);
  std::string names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (name_of(kind) == text) return kind;
    names += (i == 0 ? "" : ", ") + std::string(name_of(kind));
  }
  node.unsupported("attribute '" + std::string(attribute) + "' is " + shown(text) +
                   "; supported: " + names);
}

/// Attribute mode, but for "cubic", which is no kind of the Graph.
ResizeKind import_mode(NodeImport& node, const std::string& mode) {
  if (mode == name_of(ResizeKind::kNearest)) return ResizeKind::kNearest;
  if (mode == name_of(ResizeKind::kLinear)) return ResizeKind::kLinear;
  node.unsupported("attribute 'mode' is " + shown(mode) + "; supported: nearest, linear" +
                   (node.op_type() == "Resize" ? ", cubic" : ""));
}

/// Where the axes that scales or sizes are given for stand in images; the batch, channels, height
/// and width when nothing is said. The length of [N, C, L] is the width of images.
std::vector<std::int64_t> resized_axes(NodeImport& node, int spatial_axes) {
  const std::int64_t rank = spatial_axes + 2;
  std::vector<std::int64_t> all(static_cast<std::size_t>(rank));
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::int64_t> axes = node.attributes().integers("axes", all);
  for (std::int64_t& axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) node.invalid("attribute 'axes' names an axis that is not there");
    if (axis == 2 && spatial_axes == 1) axis = 3;
  }
  return axes;
}

void expect_length(NodeImport& node, std::size_t i, std::size_t found, std::size_t expected) {
  if (found == expected) return;
  node.invalid(node.input_text(i) + " has " + std::to_string(found) + " elements, expected " +
               std::to_string(expected));
}

/// The extent that a scale makes of `extent`: a product of floats, as ONNX infers shapes.
float scaled_extent(std::int64_t extent, float scale) {
  return std::floor(static_cast<float>(extent) * scale);
}

void set_scale(NodeImport& node, Resize& resize, std::int64_t axis, std::int64_t extent,
               float scale) {
  if (!(scale > 0.0f) || !std::isfinite(scale)) node.invalid("a scale is no positive number");
  if (axis < 2) {
    if (scale == 1.0f) return;
    node.unsupported("scales axis " + std::to_string(axis) + "; supported: height and width");
  }
  const auto at = static_cast<std::size_t>(axis - 2);
  const float out = scaled_extent(extent, scale);
  if (!(out >= 1.0f && out <= static_cast<float>(kMaxElements))) {
    node.invalid("a scale of " + number_text(scale) + " makes " + number_text(out) + " pixels of " +
                 std::to_string(extent));
  }
  resize.size[at] = static_cast<std::int64_t>(out);
  // Where the extents say the same, nothing more need be remembered.
  const bool is_ratio = out / static_cast<float>(extent) == scale;
  resize.scale[at] = is_ratio ? 0.0f : scale;
}

void import_scales(NodeImport& node, Resize& resize, const Shape& x,
                   const std::vector<float>& scales, const std::vector<std::int64_t>& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    set_scale(node, resize, axes[i], x[static_cast<int>(axes[i])], scales[i]);
  }
}

void import_sizes(NodeImport& node, Resize& resize, const Shape& x,
                  const std::vector<Extent>& sizes, const std::vector<std::int64_t>& axes,
                  const std::string& policy) {
  const bool stretches = policy == "stretch";
  if (!stretches && crops(resize)) {
    node.unsupported("attribute 'keep_aspect_ratio_policy' is " + shown(policy) +
                     "; supported with tf_crop_and_resize: stretch");
  }
  if (!stretches && policy != "not_larger" && policy != "not_smaller") {
    node.unsupported("attribute 'keep_aspect_ratio_policy' is " + shown(policy) +
                     "; supported: stretch, not_larger, not_smaller");
  }
  double common = 0.0;  // scale of all axes, where they share one
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t in = x[static_cast<int>(axes[i])];
    const bool is_image = axes[i] >= 2;
    const bool is_batch = axes[i] == 0;  // whose size in the file says nothing
    if (!is_image && !is_batch && !node.is_extent(sizes[i], in)) {
      node.unsupported("resizes axis " + std::to_string(axes[i]) + "; supported: height and width");
    }
    if (!is_image) continue;
    const std::int64_t size = sizes[i].factor;
    if (sizes[i].of_batch || size < 1 || size > kMaxElements) {
      node.invalid("size " + extent_text(sizes[i]) + " is no extent of an image");
    }
    const double scale = static_cast<double>(size) / static_cast<double>(in);
    const bool wins = policy == "not_larger" ? scale < common : scale > common;
    if (common == 0.0 || wins) common = scale;
    resize.size[axes[i] - 2] = size;
  }
  if (stretches) return;
  for (const std::int64_t axis : axes) {
    if (axis < 2) continue;
    const double exact = static_cast<double>(x[static_cast<int>(axis)]) * common;
    resize.size[axis - 2] = std::max<std::int64_t>(1, std::llround(exact));
    resize.scale[axis - 2] = static_cast<float>(common);
  }
}

/// Before opset 11, the operator knew one way to count; the nearest pixel was the next one in an
/// image that shrinks, and the last one in an image that grows.
void count_as_opset_10(NodeImport& node, Resize& resize, const Shape& x) {
  const auto shrinks = [&](int axis) { return resize.size[axis] < x[axis + 2]; };
  const auto grows = [&](int axis) {
    return resize.size[axis] > x[axis + 2] || (!shrinks(axis) && resize.scale[axis] != 0.0f);
  };
  const bool any_shrinks = shrinks(0) || shrinks(1);
  if (resize.kind == ResizeKind::kNearest && any_shrinks && (grows(0) || grows(1))) {
    node.unsupported("shrinks one axis and enlarges the other; supported before opset 11: either");
  }
  resize.coordinates = ResizeCoordinates::kAsymmetric;
  resize.nearest = any_shrinks ? NearestPixel::kCeil : NearestPixel::kFloor;
}

/// Attributes coordinate_transformation_mode and nearest_mode.
void import_coordinates(NodeImport& node, Resize& resize) {
  const char* const attribute = "coordinate_transformation_mode";
  resize.nearest = import_kind(node, "nearest_mode", "round_prefer_floor", kLastNearestPixel);
  if (node.attributes().text(attribute, "half_pixel") != "tf_half_pixel_for_nn") {
    resize.coordinates = import_kind(node, attribute, "half_pixel", kLastResizeCoordinates);
    return;
  }
  // (o + 0.5) / scale is half a pixel behind what the other half pixels are.
  if (resize.kind == ResizeKind::kNearest && resize.nearest == NearestPixel::kFloor) {
    resize.nearest = NearestPixel::kRoundPreferCeil;
  } else if (resize.kind == ResizeKind::kNearest &&
             resize.nearest == NearestPixel::kRoundPreferFloor) {
    resize.nearest = NearestPixel::kCeil;
  } else {
    node.unsupported(
        "attribute 'coordinate_transformation_mode' is 'tf_half_pixel_for_nn'; supported with it: "
        "mode 'nearest' with nearest_mode 'floor' or 'round_prefer_floor'");
  }
}

/// The part of the image that tf_crop_and_resize takes: input 1, where each axis begins, and then
/// where each ends.
void import_crop(NodeImport& node, Resize& resize, const std::vector<std::int64_t>& axes) {
  if (resize.antialias) {
    node.unsupported("attribute 'antialias' is 1; supported with tf_crop_and_resize: 0");
  }
  if (!node.has_input(3)) {  // executors differ in what a scale means for a part
    node.unsupported("has scales; supported with tf_crop_and_resize: sizes");
  }
  resize.outside = node.attributes().number("extrapolation_value", 0.0f);
  const auto ends = node.floats(1).elements.floats;
  expect_length(node, 1, ends.size(), 2 * axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const float begin = ends[i], end = ends[i + axes.size()];
    if (axes[i] >= 2) {
      resize.begin[axes[i] - 2] = begin;
      resize.end[axes[i] - 2] = end;
    } else if (begin != 0.0f || end != 1.0f) {
      node.unsupported("takes a part of axis " + std::to_string(axes[i]) +
                       "; supported: of height and width");
    }
  }
}

/// Whether the output is the input as it stands.
bool is_identity(const Resize& op, const Shape& x) {
  const Resize same = {.kind = op.kind,
                       .coordinates = op.coordinates,
                       .nearest = op.nearest,
                       .size = {x[2], x[3]},
                       .antialias = op.antialias};
  return op == same;
}

/// The part that Resize and Upsample share.
void emit_resize(NodeImport& node, int spatial_axes, const Resize& resize, ValueId images) {
  if (is_identity(resize, node.shape(images))) return node.pass_through(0);
  emit_on_images(node, spatial_axes, resize, {images});
}

void emit_cubic(NodeImport& node, int spatial_axes, const Resize& resize, bool excludes_outside,
                ValueId images) {
  if (resize.antialias || crops(resize)) {
    node.unsupported(
        "attribute 'mode' is 'cubic' and the image is averaged ('antialias') or only a part of it "
        "taken; supported: either with mode linear, cubic without both");
  }
  if (is_identity(resize, node.shape(images))) {
    return emit_resize(node, spatial_axes, resize, images);
  }
  const float coefficient = node.attributes().number("cubic_coeff_a", -0.75f);
  NodeChain chain(node, images);
  add_cubic_resize(node, chain, {resize, coefficient, excludes_outside});
  chain.finish_on_images(spatial_axes);
}

Resize same_size(const Shape& image) {
  Resize resize;
  resize.size[0] = image[2];
  resize.size[1] = image[3];
  return resize;
}

/// What an exported node says of an axis.
float stated_scale(const Resize& op, const Shape& x, int axis) {
  if (op.scale[axis] != 0.0f) return op.scale[axis];
  return static_cast<float>(op.size[axis]) / static_cast<float>(x[axis + 2]);
}

/// Whether ONNX finds the output's extents and coordinates when it is told scales, which are
/// floats.
bool scales_say_sizes(const Resize& op, const Shape& x) {
  const bool has_scales = op.scale[0] != 0.0f || op.scale[1] != 0.0f;
  for (int i = 0; i < 2; ++i) {
    const float scale = stated_scale(op, x, i);
    if (scaled_extent(x[i + 2], scale) != static_cast<float>(op.size[i])) return false;
    // Not everybody multiplies in float; where the sizes can be given, they say the same to all.
    const double exact = static_cast<double>(x[i + 2]) * static_cast<double>(scale);
    if (!has_scales && exact != static_cast<double>(op.size[i])) return false;
  }
  return true;
}

/// Sizes of which the smaller scale is that of both axes, as policy 'not_larger' has it. None when
/// no two numbers say what `op` does.
std::vector<std::int64_t> sizes_with_one_scale(const Resize& op, const Shape& x) {
  for (int i = 0; i < 2 && op.scale[0] == op.scale[1]; ++i) {
    const int other = 1 - i;
    const double scale = static_cast<double>(op.size[i]) / static_cast<double>(x[i + 2]);
    const double exact = static_cast<double>(x[other + 2]) * scale;
    if (static_cast<float>(scale) != op.scale[i] || std::llround(exact) != op.size[other]) continue;
    std::vector<std::int64_t> sizes(2, static_cast<std::int64_t>(exact) + 1);
    sizes[static_cast<std::size_t>(i)] = op.size[i];
    return sizes;
  }
  return {};
}

std::size_t elements(NodeImport& node, std::size_t i) {
  return node.has_input(i) ? node.floats(i).elements.floats.size() : 0;
}

}  // namespace

void import_resize(NodeImport& node) {
  node.expect_inputs(node.opset() < 11 ? 2 : 1, 4);
  const int spatial_axes = count_spatial_axes(node, 0);
  const ValueId images = as_images(node, node.activation(0));
  const Shape x = node.shape(images);
  Resize resize = same_size(x);
  const std::string mode = node.attributes().text("mode", "nearest");
  const bool is_cubic = mode == "cubic";
  resize.kind = is_cubic ? ResizeKind::kLinear : import_mode(node, mode);
  if (node.opset() >= 11) import_coordinates(node, resize);
  resize.antialias = node.attributes().integer("antialias", 0) != 0;
  node.attributes().number("cubic_coeff_a", 0.0f);  // read again where it matters
  const bool excludes_outside = node.attributes().integer("exclude_outside", 0) != 0;
  if (excludes_outside && resize.antialias) {
    node.unsupported(
        "attributes 'exclude_outside' and 'antialias' are both 1; supported: one of both");
  }
  const std::string policy = node.attributes().text("keep_aspect_ratio_policy", "stretch");
  node.attributes().number("extrapolation_value", 0.0f);  // read again where there is a crop
  const std::size_t scales = node.opset() < 11 ? 1 : 2;   // their input
  const std::vector<std::int64_t> axes = resized_axes(node, spatial_axes);
  if (crops(resize)) import_crop(node, resize, axes);
  if (node.has_input(3)) {
    expect_length(node, 3, node.extents(3).elements.size(), axes.size());
    import_sizes(node, resize, x, node.extents(3).elements, axes, policy);
  } else {
    expect_length(node, scales, elements(node, scales), axes.size());
    const auto given = node.floats(scales).elements.floats;
    import_scales(node, resize, x, {given.begin(), given.end()}, axes);
  }
  if (node.opset() < 11) count_as_opset_10(node, resize, x);
  if (is_cubic) return emit_cubic(node, spatial_axes, resize, excludes_outside, images);
  emit_resize(node, spatial_axes, resize, images);
}

void import_upsample(NodeImport& node) {
  node.expect_inputs(1, 2);
  const int spatial_axes = count_spatial_axes(node, 0);
  const ValueId images = as_images(node, node.activation(0));
  const Shape x = node.shape(images);
  Resize resize = same_size(x);
  resize.kind = import_mode(node, node.attributes().text("mode", "nearest"));
  resize.coordinates = ResizeCoordinates::kAsymmetric;
  resize.nearest = NearestPixel::kFloor;
  std::vector<float> scales = node.attributes().numbers("scales", {});
  if (node.has_input(1)) {
    const auto given = node.floats(1).elements.floats;
    scales.assign(given.begin(), given.end());
  }
  const std::vector<std::int64_t> axes = resized_axes(node, spatial_axes);
  expect_length(node, 1, scales.size(), axes.size());
  import_scales(node, resize, x, scales, axes);
  emit_resize(node, spatial_axes, resize, images);
}

void export_node(const Resize& op, NodeExport& node) {
  if (op.antialias) node.need_opset(18);
  if (op.coordinates == ResizeCoordinates::kHalfPixelSymmetric) node.need_opset(19);
  node.set_operator("Resize");
  node.set_text("mode", name_of(op.kind));
  node.set_text("coordinate_transformation_mode", name_of(op.coordinates));
  if (op.kind == ResizeKind::kNearest) node.set_text("nearest_mode", name_of(op.nearest));
  if (op.antialias) node.set_integer("antialias", 1);
  if (crops(op)) {
    node.set_number("extrapolation_value", op.outside);
    node.add_numbers_input("roi", {op.begin[0], op.begin[1], op.end[0], op.end[1]});
  } else {
    node.add_empty_input();
  }
  const Shape& x = node.input_shape(0);
  if (!crops(op) && scales_say_sizes(op, x)) {
    return node.add_numbers_input("scales",
                                  {1.0f, 1.0f, stated_scale(op, x, 0), stated_scale(op, x, 1)});
  }
  std::vector<std::int64_t> sizes = {op.size[0], op.size[1]};
  if (op.scale[0] != 0.0f || op.scale[1] != 0.0f) {
    sizes = sizes_with_one_scale(op, x);
    if (sizes.empty()) {
      throw Error(Status::kUnsupported,
                  "a resize from " + x.text() + " to height " + std::to_string(op.size[0]) +
                      " and width " + std::to_string(op.size[1]) +
                      " has scales that ONNX cannot state; supported: those of its extents");
    }
    node.set_text("keep_aspect_ratio_policy", "not_larger");
  }
  node.need_opset(18);  // before, sizes had to name the batch
  node.set_integers("axes", {2, 3});
  node.add_empty_input();
  node.add_integers_input("sizes", sizes);
}

}  // namespace ockham::converters::onnx_io
