// Resize and Upsample in every opset's spelling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "onnx_schema/onnx.pb.h"
#include "tests/converters/onnx/onnx_builder.h"
#include "tests/runtime/format/expect_equal.h"

namespace ockham::converters::tests {
namespace {

constexpr std::int64_t kN = Shape::kBatch;

OnnxBuilder image_model(std::int64_t opset = 17) {
  OnnxBuilder onnx(opset);
  onnx.input("x", {-1, 2, 4, 6}).output("y");
  return onnx;
}

const Resize& only_resize(const Graph& graph) {
  EXPECT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.nodes[0].name, "y_node");
  return std::get<Resize>(graph.nodes[0].op);
}

/// Resize with these scales, attributes still to be set.
NodeEditor scaled(OnnxBuilder& onnx, const std::vector<float>& scales) {
  onnx.floats("scales", {static_cast<std::int64_t>(scales.size())}, scales);
  return onnx.node("Resize", {"x", "", "scales"}, "y");
}

NodeEditor sized(OnnxBuilder& onnx, const Dims& sizes) {
  onnx.integers("sizes", {static_cast<std::int64_t>(sizes.size())}, sizes);
  return onnx.node("Resize", {"x", "", "", "sizes"}, "y");
}

TEST(ImportResize, DefaultsAreTheNearestOfHalfPixels) {
  OnnxBuilder onnx = image_model();
  scaled(onnx, {1, 1, 2, 0.5f});
  const Graph graph = onnx.import();
  EXPECT_EQ(only_resize(graph), (Resize{.size = {8, 3}}));
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{kN, 2, 8, 3}));
}

TEST(ImportResize, ReadsEveryAttribute) {
  OnnxBuilder onnx = image_model(19);
  scaled(onnx, {1, 1, 0.5f, 0.5f})
      .text("mode", "linear")
      .text("coordinate_transformation_mode", "half_pixel_symmetric")
      .text("nearest_mode", "ceil")
      .integer("antialias", 1)
      .number("cubic_coeff_a", -0.5f)
      .integer("exclude_outside", 0)
      .number("extrapolation_value", 1.0f);
  EXPECT_EQ(only_resize(onnx.import()),
            (Resize{.kind = ResizeKind::kLinear,
                    .coordinates = ResizeCoordinates::kHalfPixelSymmetric,
                    .nearest = NearestPixel::kCeil,
                    .size = {2, 3},
                    .antialias = true}));
}

TEST(ImportResize, KnowsEveryWayToCount) {
  for (int i = 0; i <= static_cast<int>(kLastResizeCoordinates); ++i) {
    const auto coordinates = static_cast<ResizeCoordinates>(i);
    if (coordinates == ResizeCoordinates::kTfCropAndResize) continue;  // wants to know which part
    OnnxBuilder onnx = image_model(19);
    scaled(onnx, {1, 1, 2, 2})
        .text("coordinate_transformation_mode", std::string(name_of(coordinates)));
    EXPECT_EQ(only_resize(onnx.import()).coordinates, coordinates);
  }
  for (int i = 0; i <= static_cast<int>(kLastNearestPixel); ++i) {
    const auto nearest = static_cast<NearestPixel>(i);
    OnnxBuilder onnx = image_model();
    scaled(onnx, {1, 1, 2, 2}).text("nearest_mode", std::string(name_of(nearest)));
    EXPECT_EQ(only_resize(onnx.import()).nearest, nearest);
  }
}

TEST(ImportResize, RemembersAScaleThatTheExtentsDoNotSay) {
  OnnxBuilder onnx = image_model();
  scaled(onnx, {1, 1, 0.6f, 1.5f});  // 4 * 0.6 = 2.4
  EXPECT_EQ(only_resize(onnx.import()), (Resize{.size = {2, 9}, .scale = {0.6f, 0.0f}}));
}

TEST(ImportResize, MultipliesExtentsInFloat) {
  // 6 * 1.16666663 is 7 in float, and 6.9999998 without rounding.
  OnnxBuilder onnx = image_model();
  scaled(onnx, {1, 1, 0.5f, 7.0f / 6.0f});
  EXPECT_EQ(only_resize(onnx.import()), (Resize{.size = {2, 7}}));
}

/// Resize of the part whose begins and ends are `ends`, as many as `axes` twice.
NodeEditor cropped(OnnxBuilder& onnx, const std::vector<float>& ends, const Dims& sizes,
                   const Dims& axes) {
  onnx.floats("roi", {static_cast<std::int64_t>(ends.size())}, ends);
  onnx.integers("sizes", {static_cast<std::int64_t>(sizes.size())}, sizes);
  NodeEditor node = onnx.node("Resize", {"x", "roi", "", "sizes"}, "y");
  node.text("coordinate_transformation_mode", "tf_crop_and_resize")
      .number("extrapolation_value", 3.0f);
  if (!axes.empty()) node.integers("axes", axes);
  return node;
}

TEST(ImportResize, TakesAPartOfTheImage) {
  const Resize expected{.coordinates = ResizeCoordinates::kTfCropAndResize,
                        .size = {5, 7},
                        .begin = {0.25f, -0.5f},
                        .end = {0.75f, 2.0f},
                        .outside = 3.0f};
  OnnxBuilder all = image_model();
  cropped(all, {0, 0, 0.25f, -0.5f, 1, 1, 0.75f, 2}, {1, 2, 5, 7}, {});
  EXPECT_EQ(only_resize(all.import()), expected);
  OnnxBuilder swapped = image_model(18);
  cropped(swapped, {-0.5f, 0.25f, 2, 0.75f}, {7, 5}, {3, 2});
  EXPECT_EQ(only_resize(swapped.import()), expected);
}

void expect_refused(OnnxBuilder& onnx, const std::string& reason) {
  try {
    onnx.import();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(reason));
  }
}

TEST(ImportResize, RefusesPartsThatItCannotTake) {
  OnnxBuilder channels = image_model();
  cropped(channels, {0, 0.5f, 0, 0, 1, 1, 1, 1}, {1, 2, 4, 6}, {});
  expect_refused(channels, "takes a part of axis 1");
  OnnxBuilder too_few = image_model();
  cropped(too_few, {0, 0, 1, 1}, {1, 2, 4, 6}, {});
  expect_refused(too_few, "has 4 elements, expected 8");
  OnnxBuilder smooth = image_model(18);
  cropped(smooth, {0, 0, 1, 1}, {4, 6}, {2, 3}).integer("antialias", 1);
  expect_refused(smooth, "attribute 'antialias' is 1");
  OnnxBuilder kept = image_model(18);
  cropped(kept, {0, 0, 1, 1}, {4, 6}, {2, 3}).text("keep_aspect_ratio_policy", "not_larger");
  expect_refused(kept, "supported with tf_crop_and_resize: stretch");
  OnnxBuilder scales = image_model();
  scales.floats("roi", {8}, {0, 0, 0.5f, 0, 1, 1, 1, 0.5f});
  scales.floats("scales", {4}, {1, 1, 3, 1.5f});
  scales.node("Resize", {"x", "roi", "scales"}, "y")
      .text("coordinate_transformation_mode", "tf_crop_and_resize");
  expect_refused(scales, "supported with tf_crop_and_resize: sizes");
}

/// The nearest pixels of 4 rows for 7, as tf_half_pixel_for_nn counts them.
NearestPixel nearest_half_pixel(const std::string& nearest_mode) {
  OnnxBuilder onnx = image_model();
  sized(onnx, {1, 2, 7, 6})
      .text("coordinate_transformation_mode", "tf_half_pixel_for_nn")
      .text("nearest_mode", nearest_mode);
  const Resize resize = only_resize(onnx.import());
  EXPECT_EQ(resize.coordinates, ResizeCoordinates::kHalfPixel);
  return resize.nearest;
}

TEST(ImportResize, HalfPixelsOfTensorFlowAreRoundedAnotherWay) {
  // floor((o + 0.5) / s) is the rounding of half a pixel less, and so on.
  EXPECT_EQ(nearest_half_pixel("floor"), NearestPixel::kRoundPreferCeil);
  EXPECT_EQ(nearest_half_pixel("round_prefer_floor"), NearestPixel::kCeil);
  OnnxBuilder onnx = image_model();
  sized(onnx, {1, 2, 7, 6})
      .text("coordinate_transformation_mode", "tf_half_pixel_for_nn")
      .text("mode", "linear");
  expect_refused(onnx, "supported with it: mode 'nearest'");
}

TEST(ImportResize, TakesSizes) {
  OnnxBuilder onnx = image_model();
  sized(onnx, {3, 2, 5, 7});  // the batch may be stated
  EXPECT_EQ(only_resize(onnx.import()), (Resize{.size = {5, 7}}));
}

TEST(ImportResize, TakesScalesOrSizesOfSomeAxes) {
  for (const Dims& axes : {Dims{2, 3}, Dims{-2, -1}}) {
    OnnxBuilder onnx = image_model(18);
    sized(onnx, {5, 7}).integers("axes", axes);
    EXPECT_EQ(only_resize(onnx.import()), (Resize{.size = {5, 7}}));
  }
  OnnxBuilder swapped = image_model(18);
  scaled(swapped, {0.5f, 2}).integers("axes", {3, 2});
  EXPECT_EQ(only_resize(swapped.import()), (Resize{.size = {8, 3}}));
  OnnxBuilder one = image_model(18);
  scaled(one, {3}).integers("axes", {3});
  EXPECT_EQ(only_resize(one.import()), (Resize{.size = {4, 18}}));
}

/// 4 x 6 pixels to fit 7 x 7 under a policy.
Resize kept_in_shape(const std::string& policy) {
  OnnxBuilder onnx = image_model(18);
  sized(onnx, {7, 7}).integers("axes", {2, 3}).text("keep_aspect_ratio_policy", policy);
  return only_resize(onnx.import());
}

TEST(ImportResize, KeepsTheAspectRatio) {
  EXPECT_EQ(kept_in_shape("stretch"), (Resize{.size = {7, 7}}));
  const float smaller = 7.0f / 6.0f, larger = 7.0f / 4.0f;
  EXPECT_EQ(kept_in_shape("not_larger"), (Resize{.size = {5, 7}, .scale = {smaller, smaller}}));
  EXPECT_EQ(kept_in_shape("not_smaller"), (Resize{.size = {7, 11}, .scale = {larger, larger}}));
}

TEST(ImportResize, ToTheSameSizeIsNothing) {
  OnnxBuilder onnx = image_model();
  onnx.floats("scales", {4}, {1, 1, 1, 1});
  onnx.node("Resize", {"x", "", "scales"}, "h");
  onnx.node("Relu", {"h"}, "y");
  const Graph graph = onnx.import();
  EXPECT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.nodes[0].inputs, graph.inputs);
}

TEST(ImportResize, HadItsScalesFirstInOpset10) {
  OnnxBuilder onnx = image_model(10);
  onnx.floats("scales", {4}, {1, 1, 2, 2});
  onnx.node("Resize", {"x", "scales"}, "y").text("mode", "linear");
  EXPECT_EQ(only_resize(onnx.import()), (Resize{.kind = ResizeKind::kLinear,
                                                .coordinates = ResizeCoordinates::kAsymmetric,
                                                .nearest = NearestPixel::kFloor,
                                                .size = {8, 12}}));
}

Resize of_opset_10(const std::vector<float>& scales) {
  OnnxBuilder onnx = image_model(10);
  onnx.floats("scales", {4}, scales);
  onnx.node("Resize", {"x", "scales"}, "y");
  return only_resize(onnx.import());
}

TEST(ImportResize, ShrankToTheNextPixelInOpset10) {
  const Resize both{.coordinates = ResizeCoordinates::kAsymmetric,
                    .nearest = NearestPixel::kCeil,
                    .size = {2, 3},
                    .scale = {0.6f, 0.0f}};
  EXPECT_EQ(of_opset_10({1, 1, 0.6f, 0.5f}), both);
  EXPECT_EQ(of_opset_10({1, 1, 1, 0.5f}).nearest, NearestPixel::kCeil);
  EXPECT_EQ(of_opset_10({1, 1, 2, 1}).nearest, NearestPixel::kFloor);
  OnnxBuilder mixed = image_model(10);
  mixed.floats("scales", {4}, {1, 1, 2, 0.5f});
  mixed.node("Resize", {"x", "scales"}, "y");
  expect_refused(mixed, "shrinks one axis and enlarges the other");
}

TEST(ImportUpsample, CountsFromTheFirstPixel) {
  const Resize expected{.coordinates = ResizeCoordinates::kAsymmetric,
                        .nearest = NearestPixel::kFloor,
                        .size = {8, 18}};
  OnnxBuilder onnx = image_model(9);
  onnx.floats("scales", {4}, {1, 1, 2, 3});
  onnx.node("Upsample", {"x", "scales"}, "y");
  EXPECT_EQ(only_resize(onnx.import()), expected);

  OnnxBuilder old = image_model(7);
  ::onnx::AttributeProto& scales = old.node("Upsample", {"x"}, "y").attribute("scales");
  scales.set_type(::onnx::AttributeProto::FLOATS);
  for (const float scale : {1.0f, 1.0f, 2.0f, 3.0f}) scales.add_floats(scale);
  EXPECT_EQ(only_resize(old.import()), expected);
}

Graph with_resize(const Resize& op) {
  Graph graph;
  graph.name = "resized";
  const ValueId x = graph.add_input("x", {kN, 2, 4, 6});
  graph.outputs = {graph.add_node("y", op, {x})};
  return graph;
}

TEST(ExportResize, ComesBackEqualHoweverItsScalesAreStated) {
  const float ratio = 7.0f / 6.0f;
  for (const Resize& op :
       {Resize{.size = {8, 3}}, Resize{.size = {7, 7}},   // by sizes: 7 / 6
        Resize{.size = {2, 9}, .scale = {0.6f, 0.0f}},    // by scales
        Resize{.size = {2, 7}, .scale = {0.6f, 0.0f}},    // 6 * (7 / 6) is 7 in float
        Resize{.size = {5, 7}, .scale = {ratio, ratio}},  // 4 * 7 / 6 rounds up
        Resize{.coordinates = ResizeCoordinates::kTfCropAndResize,
        .size = {3, 5},
        .begin = {0.25f, -0.5f},
        .end = {0.75f, 2.0f},
        .outside = 3.0f},
        Resize{.size = {7, 11}, .scale = {7.0f / 4.0f, 7.0f / 4.0f}}}) {  // 10.5 rounds up
    SCOPED_TRACE(testing::Message() << op.size[0] << " x " << op.size[1]);
    const Graph graph = with_resize(op);
    ockham::tests::expect_equal(import_onnx_bytes(export_onnx_bytes({graph, {}})).graph, graph);
  }
}

TEST(ExportResize, RefusesWhatOnnxCannotState) {
  try {
    export_onnx_bytes({with_resize(Resize{.size = {7, 7}, .scale = {0.0f, 1.1f}}), {}});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), Status::kUnsupported);
    EXPECT_THAT(error.what(), testing::HasSubstr("scales that ONNX cannot state"));
  }
}

}  // namespace
}  // namespace ockham::converters::tests
