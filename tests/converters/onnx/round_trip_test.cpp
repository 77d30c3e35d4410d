// What is exported comes back equal: names, order, attributes, and the bits of constants.
#include <gmock/gmock.h>

#include <bit>
#include <limits>
#include <set>

#include "converters/onnx/onnx.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/validate.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/operator_cases.h"
#include "tests/cases/temporary_folder.h"
#include "tests/runtime/format/expect_equal.h"

namespace ockham::converters::tests {
namespace {

Graph sent_through_onnx(const Graph& graph) {
  return import_onnx_bytes(export_onnx_bytes({graph, {}})).graph;
}

TEST(OnnxRoundTrip, EveryOperatorCaseComesBackEqual) {
  for (const OperatorCase& problem : operator_cases()) {
    SCOPED_TRACE(problem.name);
    ockham::tests::expect_equal(sent_through_onnx(problem.graph), problem.graph);
  }
}

TEST(OnnxRoundTrip, TheCasesHoldEveryAlternativeOfOperator) {
  std::set<std::size_t> alternatives;
  for (const OperatorCase& problem : operator_cases()) {
    for (const Node& node : problem.graph.nodes) alternatives.insert(node.op.index());
  }
  for (std::size_t i = 0; i < std::variant_size_v<Operator>; ++i) {
    EXPECT_TRUE(alternatives.contains(i)) << "no case in tests/cases for alternative " << i;
  }
}

/// Attributes away from their defaults, so that a rule that forgets one is caught.
TEST(OnnxRoundTrip, AttributesThatDifferFromTheDefaultsArrive) {
  Graph graph;
  graph.name = "attributes";
  const ValueId x = graph.add_input("x", {Shape::kBatch, 4, 20, 21});
  const Window2d window{{3, 2}, {2, 3}, {2, 0}, {1, 1}, {2, 3}};
  const ValueId weight =
      graph.add_constant("weight", {6, 2, 3, 2}, random_floats(6 * 2 * 3 * 2, 1));
  const ValueId conv = graph.add_node("conv", Conv2d{window, 2}, {x, weight});
  std::vector<ValueId> inputs = {conv};
  for (const char* name : {"scale", "shift", "mean", "variance"}) {
    inputs.push_back(graph.add_constant(name, {6}, std::vector<float>(6, 1.5f)));
  }
  const ValueId norm = graph.add_node("norm", BatchNorm{0.25f, 0.125f}, inputs);
  const Window2d pool_window{{2, 3}, {1, 2}, {1, 2}, {0, 1}, {1, 1}};
  const ValueId pool =
      graph.add_node("pool", Pool2d{PoolKind::kAverage, pool_window, true}, {norm});
  const ValueId most = graph.add_node("most", Pool2d{PoolKind::kMax, pool_window}, {pool});
  graph.outputs = {most, norm};
  validate(graph);

  ockham::tests::expect_equal(sent_through_onnx(graph), graph);
}

TEST(OnnxRoundTrip, ConstantsKeepEveryBit) {
  Graph graph;
  graph.name = "bits";
  const std::vector<float> bits = {-0.0f, 0.0f, std::numeric_limits<float>::denorm_min(),
                                   std::numeric_limits<float>::max()};
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
  graph.outputs = {graph.add_node("y", Linear{}, {x, graph.add_constant("w", {2, 2}, bits)})};

  const Graph back = sent_through_onnx(graph);

  const auto found = back.value(back.find_value("w")).constant.floats;
  ASSERT_EQ(found.size(), bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(found[i]), std::bit_cast<std::uint32_t>(bits[i])) << i;
  }
}

TEST(OnnxRoundTrip, NamesOfNodesAndValuesMayDiffer) {
  Graph graph;
  graph.name = "names";
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
  const ValueId y = graph.add_node("the node", Unary{}, {x});
  graph.value(y).name = "the value \xc3\xa4";
  graph.outputs = {y};

  ockham::tests::expect_equal(sent_through_onnx(graph), graph);
}

TEST(OnnxRoundTrip, ASharedConstantStaysOneConstant) {
  Graph graph;
  graph.name = "shared";
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
  const ValueId w = graph.add_constant("w", {2, 2}, {1, 2, 3, 4});
  const ValueId once = graph.add_node("once", Linear{}, {x, w});
  graph.outputs = {graph.add_node("twice", Linear{}, {once, w})};

  ockham::tests::expect_equal(sent_through_onnx(graph), graph);
}

TEST(OnnxRoundTrip, ConstantsAreWrittenInTheOrderInWhichTheyAreRead) {
  Graph graph;
  graph.name = "order";
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
  const ValueId last = graph.add_constant("last", {2}, std::vector<float>{3, 4});
  const ValueId first = graph.add_constant("first", {2}, std::vector<float>{1, 2});
  const ValueId sum = graph.add_node("sum", Binary{}, {x, first});
  graph.outputs = {graph.add_node("twice", Binary{}, {sum, last})};

  const std::string file = export_onnx_bytes({graph, {}});
  EXPECT_EQ(export_onnx_bytes(import_onnx_bytes(file)), file);
}

TEST(OnnxRoundTrip, ConstantsThatNothingReadsStayBehind) {
  Graph graph = operator_cases().front().graph;
  const Graph expected = graph;
  graph.add_constant("idle", {1}, std::vector<float>{1.0f});

  ockham::tests::expect_equal(sent_through_onnx(graph), expected);
}

TEST(OnnxRoundTrip, MetadataTravelsThroughTheFile) {
  const ockham::tests::TemporaryFolder folder;
  const OnnxModel model{operator_cases().front().graph,
                        {{"ockham.a", "1"}, {"other", "\xc3\xa4\n"}}};
  export_onnx(folder.path() / "model.onnx", model);

  const OnnxModel back = import_onnx(folder.path() / "model.onnx");

  EXPECT_EQ(back.metadata, model.metadata);
  ockham::tests::expect_equal(back.graph, model.graph);
}

TEST(OnnxExport, WritesTheStatedVersions) {
  ::onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(export_onnx_bytes({operator_cases().front().graph, {}})));

  EXPECT_EQ(proto.ir_version(), 8);
  ASSERT_EQ(proto.opset_import_size(), 1);
  EXPECT_EQ(proto.opset_import(0).domain(), "");
  EXPECT_EQ(proto.opset_import(0).version(), 17);
  EXPECT_EQ(proto.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
}

TEST(OnnxExport, AsksForANewerOpsetOnlyWhereAnOperatorNeedsIt) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2});
  graph.outputs = {graph.add_node("y", Unary{UnaryKind::kGelu}, {x})};
  ::onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(export_onnx_bytes({graph, {}})));

  EXPECT_EQ(proto.opset_import(0).version(), 20);
}

TEST(OnnxExport, RefusesAGraphThatBreaksARule) {
  Graph graph = operator_cases().front().graph;
  graph.outputs.clear();

  ockham::tests::expect_error(Status::kInvalidModel, {"no outputs"}, [&] {
    export_onnx_bytes({graph, {}});
  });
}

TEST(OnnxExport, AFolderThatDoesNotExistIsAnError) {
  ockham::tests::expect_error(Status::kIo, {"model.onnx"}, [] {
    export_onnx("/does/not/exist/model.onnx", {operator_cases().front().graph, {}});
  });
}

}  // namespace
}  // namespace ockham::converters::tests
