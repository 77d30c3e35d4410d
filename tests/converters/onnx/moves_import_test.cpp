// Operators that move pixels and channels: Gather, Split, Slice, Pad, Transpose, DepthToSpace, and
// LRN, which stands alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "onnx_schema/onnx.pb.h"
#include "runtime/reference/reference.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr std::int64_t kN = Shape::kBatch;
constexpr std::int64_t kZero = Gather::kZero;

const Value& output(const Graph& graph) { return graph.value(graph.outputs[0]); }

/// The operators, and that the last one has the name of the ONNX node.
std::vector<Operator> operators(const Graph& graph) {
  std::vector<Operator> ops;
  for (const Node& node : graph.nodes) ops.push_back(node.op);
  EXPECT_EQ(graph.nodes.back().name, "y_node");
  EXPECT_EQ(output(graph).name, "y");
  return ops;
}

/// x [N, 2, 3, 4].
OnnxBuilder image_model(std::int64_t opset = 17) {
  OnnxBuilder onnx(opset);
  onnx.input("x", {-1, 2, 3, 4}).output("y");
  return onnx;
}

/// What the network makes of one image that counts from 1.
std::vector<double> computed(const Graph& graph) {
  Shape shape = graph.value(graph.inputs[0]).shape;
  shape[0] = 1;
  const std::vector<float> counted = counting({shape.elements()});
  const std::vector<reference::Tensor<double>> inputs = {{shape, {counted.begin(), counted.end()}}};
  return reference::run<double>(graph, inputs)[0].data;
}

// --- Gather ---

Graph gathered(std::int64_t axis, const Dims& dims, const Dims& indices) {
  OnnxBuilder onnx = image_model();
  onnx.integers("indices", dims, indices);
  onnx.node("Gather", {"x", "indices"}, "y").integer("axis", axis);
  return onnx.import();
}

TEST(ImportGather, OfRowsOrColumns) {
  EXPECT_THAT(operators(gathered(2, {3}, {2, 0, -1})), ElementsAre(SpatialGather{2, {2, 0, 2}}));
  EXPECT_THAT(operators(gathered(-1, {1}, {-4})), ElementsAre(SpatialGather{3, {0}}));
}

TEST(ImportGather, OfOnePositionDropsTheAxis) {
  const Graph row = gathered(2, {}, {1});
  EXPECT_EQ(output(row).shape, (Shape{kN, 2, 4}));
  EXPECT_THAT(computed(row), ElementsAre(5, 6, 7, 8, 17, 18, 19, 20));
  const Graph channel = gathered(1, {}, {-1});
  EXPECT_EQ(output(channel).shape, (Shape{kN, 3, 4}));
  EXPECT_THAT(computed(channel), ElementsAreArray(std::vector<double>{13, 14, 15, 16, 17, 18, 19,
                                                                      20, 21, 22, 23, 24}));
}

TEST(ImportGather, ByATableGetsItsAxes) {
  const Graph graph = gathered(3, {2, 1}, {3, 0});
  EXPECT_EQ(output(graph).shape, (Shape{kN, 2, 3, 2, 1}));
  EXPECT_THAT(computed(graph), ElementsAre(4, 1, 8, 5, 12, 9, 16, 13, 20, 17, 24, 21));
}

TEST(ImportGather, OfWhatAGatherPickedIsOneGather) {
  OnnxBuilder onnx = image_model();
  onnx.integers("pads", {8}, {0, 1, 0, 0, 0, 0, 0, 0});
  onnx.integers("indices", {3}, {2, 0, 1});
  onnx.node("Pad", {"x", "pads"}, "h");
  onnx.node("Gather", {"h", "indices"}, "y").integer("axis", 1);
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(std::get<Gather>(graph.nodes[0].op), (Gather{{1, kZero, 0}}));
}

TEST(ImportGather, LeavesAGatherThatOthersReadToo) {
  OnnxBuilder onnx = image_model();
  onnx.output("h");
  onnx.integers("first", {2}, {1, 0});
  onnx.integers("second", {1}, {0});
  onnx.node("Gather", {"x", "first"}, "h").integer("axis", 1);
  onnx.node("Gather", {"h", "second"}, "y").integer("axis", 1);
  EXPECT_THAT(operators(onnx.import()), ElementsAre(Gather{{1, 0}}, Gather{{1}}));
}

// Each of two nodes takes the place of the one that both read: only one can have its name.
TEST(ImportGather, ThatTwoOthersReadThroughLeavesItsNameToOne) {
  OnnxBuilder onnx = image_model();
  onnx.integers("both", {2}, {0, 1});
  onnx.integers("first", {1}, {0});
  onnx.integers("second", {1}, {1});
  onnx.node("Gather", {"x", "both"}, "h").integer("axis", 1);
  onnx.node("Gather", {"h", "second"}, "l").integer("axis", 1);
  onnx.node("Gather", {"h", "first"}, "r").integer("axis", 1);
  onnx.node("Concat", {"l", "r"}, "y").integer("axis", 1);
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes[0].name, "h_node");
  EXPECT_EQ(graph.nodes[1].name, "r_node");
  EXPECT_THAT(computed(graph), ElementsAre(13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 1, 2, 3,
                                           4, 5, 6, 7, 8, 9, 10, 11, 12));
}

// --- Split and Slice ---

TEST(ImportSplit, OfRowsBecomesASpatialGatherForEachPart) {
  OnnxBuilder onnx = image_model();
  onnx.output("z");
  onnx.integers("sizes", {2}, {1, 2});
  onnx.node("Split", {"x", "sizes"}, "y").integer("axis", -2).proto().add_output("z");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(std::get<SpatialGather>(graph.nodes[0].op), (SpatialGather{2, {0}}));
  EXPECT_EQ(std::get<SpatialGather>(graph.nodes[1].op), (SpatialGather{2, {1, 2}}));
}

/// Slices of these axes by these steps.
Graph sliced(const Dims& axes, const Dims& starts, const Dims& ends, const Dims& steps) {
  OnnxBuilder onnx = image_model();
  const Dims dims = {static_cast<std::int64_t>(axes.size())};
  onnx.integers("starts", dims, starts);
  onnx.integers("ends", dims, ends);
  onnx.integers("axes", dims, axes);
  onnx.integers("steps", dims, steps);
  onnx.node("Slice", {"x", "starts", "ends", "axes", "steps"}, "y");
  return onnx.import();
}

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST(ImportSlice, OfSeveralAxesIsOneGatherEach) {
  const Graph graph = sliced({1, -1, 2}, {1, 0, 0}, {2, kMost, -1}, {1, 2, 1});
  EXPECT_THAT(operators(graph),
              ElementsAre(Gather{{1}}, SpatialGather{3, {0, 2}}, SpatialGather{2, {0, 1}}));
  EXPECT_THAT(computed(graph), ElementsAre(13, 15, 17, 19));
}

TEST(ImportSlice, BackwardsMirrors) {
  EXPECT_THAT(operators(sliced({2}, {-1}, {kLeast}, {-1})),
              ElementsAre(SpatialGather{2, {2, 1, 0}}));
  EXPECT_THAT(operators(sliced({3}, {kMost}, {0}, {-2})), ElementsAre(SpatialGather{3, {3, 1}}));
}

TEST(ImportSlice, LeavesOutAxesThatItTakesAllOf) {
  EXPECT_THAT(operators(sliced({0, 2, 1, 3}, {0, 1, 0, 0}, {kMost, 2, kMost, 4}, {1, 1, 1, 1})),
              ElementsAre(SpatialGather{2, {1}}));
}

// --- Pad ---

/// With these pads; mode "constant" adds `number`.
Graph padded(const Dims& pads, const char* mode = "constant", float number = 0.0f) {
  OnnxBuilder onnx = image_model();
  onnx.integers("pads", {static_cast<std::int64_t>(pads.size())}, pads);
  onnx.floats("number", {}, {number});
  onnx.node("Pad", {"x", "pads", "number"}, "y").text("mode", mode);
  return onnx.import();
}

TEST(ImportPad, OfAnImageIsAPad) {
  EXPECT_THAT(operators(padded({0, 0, 1, 0, 0, 0, 2, 3}, "constant", 0.5f)),
              ElementsAre(Pad{{1, 0}, {2, 3}, 0.5f}));
}

TEST(ImportPad, HadAttributesInOldModels) {
  OnnxBuilder onnx = image_model(7);
  onnx.node("Pad", {"x"}, "y").integers("pads", {0, 0, 0, 1, 0, 0, 0, 0}).number("value", 2.0f);
  EXPECT_THAT(operators(onnx.import()), ElementsAre(Pad{{0, 1}, {0, 0}, 2.0f}));
}

TEST(ImportPad, OfSomeAxes) {
  OnnxBuilder onnx = image_model(18);
  onnx.integers("pads", {4}, {1, 2, 3, 4});
  onnx.integers("axes", {2}, {-1, 2});
  onnx.node("Pad", {"x", "pads", "", "axes"}, "y");
  EXPECT_THAT(operators(onnx.import()), ElementsAre(Pad{{2, 1}, {4, 3}}));
}

TEST(ImportPad, OfChannelsIsAGatherThatAddsZeros) {
  EXPECT_THAT(operators(padded({0, 1, 0, 0, 0, 2, 0, 0})),
              ElementsAre(Gather{{kZero, 0, 1, kZero, kZero}}));
  EXPECT_THAT(operators(padded({0, 1, 0, 1, 0, 0, 0, 0})),
              ElementsAre(Gather{{kZero, 0, 1}}, Pad{{0, 1}, {0, 0}}));
}

TEST(ImportPad, BelowZeroTakesAway) {
  const Graph graph = padded({0, -1, -1, 1, 0, 0, -1, -2}, "constant", 9.0f);
  EXPECT_EQ(output(graph).shape, (Shape{kN, 1, 1, 3}));
  EXPECT_THAT(computed(graph), ElementsAre(9, 17, 18));
}

TEST(ImportPad, OfNothingIsNothing) {
  OnnxBuilder onnx = image_model();
  onnx.integers("pads", {8}, {0, 0, 0, 0, 0, 0, 0, 0});
  onnx.node("Pad", {"x", "pads"}, "h");
  onnx.node("Relu", {"h"}, "y");
  EXPECT_EQ(onnx.import().nodes.size(), 1u);
}

TEST(ImportPad, MirrorsRepeatsOrWraps) {
  const Dims columns = {0, 0, 0, 2, 0, 0, 0, 1};
  EXPECT_THAT(operators(padded(columns, "reflect")),
              ElementsAre(SpatialGather{3, {2, 1, 0, 1, 2, 3, 2}}));
  EXPECT_THAT(operators(padded(columns, "edge")),
              ElementsAre(SpatialGather{3, {0, 0, 0, 1, 2, 3, 3}}));
  EXPECT_THAT(operators(padded(columns, "wrap")),
              ElementsAre(SpatialGather{3, {2, 3, 0, 1, 2, 3, 0}}));
}

TEST(ImportPad, MirrorsBeyondTheOtherEnd) {
  EXPECT_THAT(operators(padded({0, 0, 5, 0, 0, 0, 0, 0}, "reflect")),
              ElementsAre(SpatialGather{2, {1, 0, 1, 2, 1, 0, 1, 2}}));
  EXPECT_THAT(operators(padded({0, 0, -1, 0, 0, 0, 1, 0}, "edge")),
              ElementsAre(SpatialGather{2, {1, 2, 2}}));
}

TEST(ImportPad, MirrorsSeveralAxes) {
  const Graph graph = padded({0, 1, 0, 0, 0, 0, 1, 1}, "reflect");
  EXPECT_THAT(operators(graph), ElementsAre(Gather{{1, 0, 1}}, SpatialGather{2, {0, 1, 2, 1}},
                                            SpatialGather{3, {0, 1, 2, 3, 2}}));
}

// --- Transpose, DepthToSpace, LRN ---

TEST(ImportTranspose, KeepsTheOrderOfAxes) {
  OnnxBuilder onnx = image_model();
  onnx.node("Transpose", {"x"}, "y").integers("perm", {0, 2, 3, 1});
  const Graph graph = onnx.import();
  EXPECT_THAT(operators(graph), ElementsAre(Transpose{{0, 2, 3, 1}}));
  EXPECT_EQ(output(graph).shape, (Shape{kN, 3, 4, 2}));
}

TEST(ImportTranspose, ThatMovesNothingIsNothing) {
  OnnxBuilder onnx = image_model();
  onnx.node("Transpose", {"x"}, "h").integers("perm", {0, 1, 2, 3});
  onnx.node("Relu", {"h"}, "y");
  EXPECT_EQ(onnx.import().nodes.size(), 1u);
}

/// x [N, 8, 2, 3] into blocks of 2 x 2.
Graph blocks(const char* mode) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 8, 2, 3}).output("y");
  NodeEditor node = onnx.node("DepthToSpace", {"x"}, "y").integer("blocksize", 2);
  if (mode != nullptr) node.text("mode", mode);
  return onnx.import();
}

TEST(ImportDepthToSpace, OfColumnsRowsDepthStandsAlone) {
  EXPECT_THAT(operators(blocks("CRD")), ElementsAre(DepthToSpace{{2, 2}}));
}

TEST(ImportDepthToSpace, OfDepthColumnsRowsSortsTheChannelsFirst) {
  for (const char* mode : {"DCR", static_cast<const char*>(nullptr)}) {
    const Graph graph = blocks(mode);
    EXPECT_THAT(operators(graph),
                ElementsAre(Gather{{0, 2, 4, 6, 1, 3, 5, 7}}, DepthToSpace{{2, 2}}));
    // ONNX: y[c, 2 h + i, 2 w + j] = x[(2 i + j) * 2 + c, h, w]; x counts from 1.
    const std::vector<double> y = computed(graph);
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t row = 0; row < 4; ++row) {
        for (std::size_t column = 0; column < 6; ++column) {
          const std::size_t channel = (row % 2 * 2 + column % 2) * 2 + c;
          EXPECT_EQ(y[(c * 4 + row) * 6 + column],
                    static_cast<double>((channel * 2 + row / 2) * 3 + column / 2 + 1));
        }
      }
    }
  }
}

/// x [N, 12, 2, 3] through a reshape to `parted`, a transpose and a reshape to `joined`.
OnnxBuilder shuffle(const Dims& parted, const Dims& joined) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 12, 2, 3}).output("y");
  onnx.integers("parted", {6}, parted);
  onnx.integers("joined", {4}, joined);
  onnx.node("Reshape", {"x", "parted"}, "g");
  onnx.node("Transpose", {"g"}, "h").integers("perm", {0, 1, 4, 2, 5, 3});
  onnx.node("Reshape", {"h", "joined"}, "y");
  return onnx;
}

TEST(ImportReshape, KnowsAPixelShuffle) {
  for (const std::int64_t batch : {0, -1}) {
    const Graph graph = shuffle({batch, 3, 2, 2, 2, 3}, {batch, 3, 4, 6}).import();
    ASSERT_EQ(graph.nodes.size(), 1u);
    EXPECT_EQ(std::get<DepthToSpace>(graph.nodes[0].op), (DepthToSpace{{2, 2}}));
    EXPECT_EQ(output(graph).name, "y");
  }
  const Graph oblong = shuffle({0, 2, 3, 2, 2, 3}, {0, 2, 6, 6}).import();
  ASSERT_EQ(oblong.nodes.size(), 1u);
  EXPECT_EQ(std::get<DepthToSpace>(oblong.nodes[0].op), (DepthToSpace{{3, 2}}));
}

TEST(ImportReshape, LeavesStepsOfAPixelShuffleThatOthersRead) {
  OnnxBuilder onnx = shuffle({0, 3, 2, 2, 2, 3}, {0, 3, 4, 6});
  onnx.output("g");
  const Graph graph = onnx.import();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<Reshape>(graph.nodes[0].op));
  EXPECT_TRUE(std::holds_alternative<DepthToSpace>(graph.nodes[1].op));
}

TEST(ImportReshape, TakesNoOtherStepsForAPixelShuffle) {
  const Graph joined_otherwise = shuffle({0, 3, 2, 2, 2, 3}, {0, 3, 8, 3}).import();
  EXPECT_EQ(joined_otherwise.nodes.size(), 3u);
  const Graph parted_otherwise = shuffle({0, 3, 2, 2, 3, 2}, {0, 3, 6, 4}).import();
  EXPECT_EQ(parted_otherwise.nodes.size(), 3u);
  EXPECT_EQ(output(parted_otherwise).shape, (Shape{kN, 3, 6, 4}));
}

TEST(ImportLrn, KnowsTheDefaults) {
  OnnxBuilder onnx = image_model();
  onnx.node("LRN", {"x"}, "y").integer("size", 5);
  EXPECT_THAT(operators(onnx.import()), ElementsAre(Lrn{5, 0.0001f, 0.75f, 1.0f}));
  OnnxBuilder other = image_model();
  other.node("LRN", {"x"}, "y")
      .integer("size", 2)
      .number("alpha", 0.5f)
      .number("beta", 0.25f)
      .number("bias", 2.0f);
  EXPECT_THAT(operators(other.import()), ElementsAre(Lrn{2, 0.5f, 0.25f, 2.0f}));
}

}  // namespace
}  // namespace ockham::converters::tests
