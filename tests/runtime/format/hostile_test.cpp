// Files whose sums are right and whose contents are not.
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "runtime/format/model_generated.h"
#include "runtime/format/sections.h"
#include "runtime/graph/error.h"
#include "runtime/graph/validate.h"
#include "tests/cases/expect_error.h"
#include "tests/runtime/format/forge.h"
#include "tests/runtime/format/sample_model.h"

namespace ockham::tests {
namespace {

using flatbuffers::FlatBufferBuilder;
using format::SectionKind;
using ::testing::HasSubstr;

constexpr std::int64_t kHuge = std::int64_t{1} << 62;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

const Bytes& sample() {
  static const Bytes file = serialize_model(sample_model());
  return file;
}

Bytes section(SectionKind kind) {
  const auto found = format::find_section(format::open_container(sample()), kind);
  return {found->begin(), found->end()};
}

Bytes finished(FlatBufferBuilder& builder) {
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

void expect_refused(std::initializer_list<std::string> parts, const Bytes& file) {
  expect_error(Status::kInvalidModel, parts, [&] { parse(file); });
}

/// The sample with a section whose root table was unpacked, changed and packed again.
template <class Root>
Bytes with_changed(SectionKind kind, const char* identifier,
                   const std::function<void(typename Root::NativeTableType&)>& change) {
  const Bytes original = section(kind);
  const auto unpacked = std::unique_ptr<typename Root::NativeTableType>(
      flatbuffers::GetRoot<Root>(original.data())->UnPack());
  change(*unpacked);
  FlatBufferBuilder builder;
  builder.Finish(Root::Pack(builder, unpacked.get()), identifier);
  return with_section(sample(), kind, finished(builder));
}

Bytes with_graph(const std::function<void(file::GraphT&)>& change) {
  return with_changed<file::Graph>(SectionKind::kGraph, "OKGR", change);
}

Bytes with_preprocessing(const std::function<void(file::PreprocessingT&)>& change) {
  return with_changed<file::Preprocessing>(SectionKind::kPreprocessing, "OKPR", change);
}

Bytes with_self_test(const std::function<void(file::SelfTestT&)>& change) {
  return with_changed<file::SelfTest>(SectionKind::kSelfTest, "OKST", change);
}

Bytes with_provenance(const std::function<void(file::ProvenanceT&)>& change) {
  return with_changed<file::Provenance>(SectionKind::kProvenance, "OKPV", change);
}

file::NodeT& node(file::GraphT& graph, const std::string& name) {
  for (auto& candidate : graph.nodes) {
    if (candidate->name == name) return *candidate;
  }
  throw std::logic_error("the sample has no node " + name);
}

file::ValueT& value(file::GraphT& graph, const std::string& name) {
  for (auto& candidate : graph.values) {
    if (candidate->name == name) return *candidate;
  }
  throw std::logic_error("the sample has no value " + name);
}

Bytes with_shape(const std::string& name, const std::vector<std::int64_t>& shape) {
  return with_graph([&](file::GraphT& graph) { value(graph, name).shape = shape; });
}

Bytes with_range(const std::string& name, std::uint64_t offset, std::uint64_t length) {
  return with_graph([&](file::GraphT& graph) {
    *value(graph, name).constant = file::WeightRange(offset, length);
  });
}

/// The sample with the attributes of conv1's window; each has a height and a width.
Bytes with_window(std::int64_t kernel, std::int64_t stride, std::int64_t pad,
                  std::int64_t dilation) {
  return with_graph([&](file::GraphT& graph) {
    const auto pair = [](std::int64_t number) { return std::array{number, number}; };
    *node(graph, "conv1").op.AsConv2d()->window =
        file::Window2d(pair(kernel), pair(stride), pair(pad), pair(pad), pair(dilation));
  });
}

TEST(Hostile, UnpackingAndPackingAloneIsAccepted) {
  EXPECT_EQ(parse_error(with_graph([](file::GraphT&) {})), "accepted");
  EXPECT_EQ(parse_error(with_preprocessing([](file::PreprocessingT&) {})), "accepted");
  EXPECT_EQ(parse_error(with_self_test([](file::SelfTestT&) {})), "accepted");
  EXPECT_EQ(parse_error(with_provenance([](file::ProvenanceT&) {})), "accepted");
}

TEST(HostileShape, ExtentsOutOfRangeAreRefused) {
  for (const std::int64_t extent :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-7}, kHuge, kMost, kLeast}) {
    EXPECT_NE(parse_error(with_shape("image", {-1, 1, extent, 6})), "accepted") << extent;
    EXPECT_NE(parse_error(with_shape("conv1.bias", {extent})), "accepted") << extent;
    EXPECT_NE(parse_error(with_shape("pool", {-1, extent, 3, 3})), "accepted") << extent;
  }
}

TEST(HostileShape, ProductsThatOverflowAreRefused) {
  const std::int64_t large = std::int64_t{1} << 32;
  expect_refused({"section graph", "too many elements"},
                 with_shape("conv1.weight", {large, large, large, large}));
  expect_refused({"section graph", "too many elements"}, with_shape("image", {-1, large, large}));
}

TEST(HostileShape, RanksOutOfRangeAreRefused) {
  expect_refused({"'relu1'", "rank 0"}, with_shape("relu1", {}));
  expect_refused({"'relu1'", "rank 9"}, with_shape("relu1", std::vector<std::int64_t>(9, 1)));
}

TEST(HostileShape, ShapeThatItsOperatorDoesNotGiveIsRefused) {
  expect_refused({"'sum'", "[N, 2, 6, 7]", "[N, 2, 6, 6]"}, with_shape("sum", {-1, 2, 6, 7}));
}

TEST(HostileShape, BatchOfAConstantIsRefused) {
  expect_refused({"'linear.bias'"}, with_shape("linear.bias", {-1, 3}));
}

TEST(HostileValue, NamesAreUniqueAndNotEmpty) {
  expect_refused({"no name"}, with_graph([](auto& graph) { value(graph, "sum").name = ""; }));
  expect_refused({"'relu1'", "twice"},
                 with_graph([](auto& graph) { value(graph, "sum").name = "relu1"; }));
}

TEST(HostileValue, NamesCannotBreakMessagesIntoLines) {
  expect_refused({"'a?b?\?'"}, with_graph([](auto& graph) {
                   value(graph, "sum").name = "a\nb\x1b\r";
                   node(graph, "sum").inputs[0] = -1;
                   value(graph, "relu1").name = "a\nb\x1b\r";
                 }));
}

TEST(HostileValue, UnknownElementTypeIsRefused) {
  for (const int type : {0, 3, 255}) {
    expect_refused({"section graph", "].type", "found " + std::to_string(type), "1 (float32)"},
                   with_graph([&](auto& graph) {
                     value(graph, "image").type = static_cast<file::ElementType>(type);
                   }));
  }
}

TEST(HostileValue, Int64WhereNothingGivesItIsRefused) {
  for (const char* name : {"image", "bn1.mean", "relu1"}) {
    expect_refused({name}, with_graph([&](auto& graph) {
                     value(graph, name).type = file::ElementType::Int64;
                   }));
  }
}

TEST(HostileValue, ConstantWithoutElementsAndActivationWithThemAreRefused) {
  EXPECT_NE(parse_error(with_graph([](auto& graph) { value(graph, "bn1.mean").constant.reset(); })),
            "accepted");
  EXPECT_NE(parse_error(with_graph([](auto& graph) {
              value(graph, "sum").constant = std::make_unique<file::WeightRange>(0, 288);
            })),
            "accepted");
}

TEST(HostileNode, IndicesOutOfRangeAreRefused) {
  const auto count = static_cast<std::int32_t>(sample_model().graph.values.size());
  for (const std::int32_t index : {-1, count, std::numeric_limits<std::int32_t>::max(),
                                   std::numeric_limits<std::int32_t>::min()}) {
    const std::string text = "index " + std::to_string(index);
    expect_refused({text}, with_graph([&](auto& g) { node(g, "sum").inputs[1] = index; }));
    expect_refused({text}, with_graph([&](auto& g) { node(g, "sum").outputs[0] = index; }));
    expect_refused({text}, with_graph([&](auto& g) { g.inputs[0] = index; }));
    expect_refused({text}, with_graph([&](auto& g) { g.outputs[0] = index; }));
  }
}

TEST(HostileNode, CyclesAreRefused) {
  expect_refused({"'relu1'", "before it is computed"},
                 with_graph([](auto& g) { node(g, "relu1").inputs = node(g, "relu1").outputs; }));
  expect_refused({"before it is computed"},
                 with_graph([](auto& g) { node(g, "relu1").inputs = node(g, "sum").outputs; }));
  expect_refused({"before it is computed"},
                 with_graph([](auto& g) { std::swap(g.nodes[0], g.nodes[1]); }));
}

TEST(HostileNode, TwoProducersNoOutputAndTwoOutputsAreRefused) {
  expect_refused({"two producers"},
                 with_graph([](auto& g) { node(g, "sum").outputs = node(g, "conv2").outputs; }));
  expect_refused({"0 outputs"}, with_graph([](auto& g) { node(g, "sum").outputs.clear(); }));
  expect_refused({"2 outputs"}, with_graph([](auto& g) { node(g, "sum").outputs.push_back(0); }));
}

TEST(HostileNode, MissingAndSurplusInputsAreRefused) {
  for (const char* name : {"conv1", "bn1", "relu1", "sum", "clip", "factor", "softmax", "reshape",
                           "pool", "flatten", "gather", "linear"}) {
    expect_refused({name, "inputs"}, with_graph([&](auto& g) { node(g, name).inputs.clear(); }));
    expect_refused({name, "inputs"},
                   with_graph([&](auto& g) { node(g, name).inputs.resize(100'000); }));
  }
}

TEST(HostileNode, AConcatOfNothingOrOfOtherShapesIsRefused) {
  expect_refused({"'concat'", "0 inputs"},
                 with_graph([](auto& g) { node(g, "concat").inputs.clear(); }));
  expect_refused({"'concat'", "input 2 has shape"},
                 with_graph([](auto& g) { node(g, "concat").inputs.resize(100'000); }));
}

TEST(HostileNode, GraphWithoutNodesInputsOrOutputsIsRefused) {
  expect_refused({"nothing computes it"}, with_graph([](auto& g) { g.nodes.clear(); }));
  expect_refused({"no inputs"}, with_graph([](auto& g) { g.inputs.clear(); }));
  expect_refused({"no outputs"}, with_graph([](auto& g) { g.outputs.clear(); }));
}

TEST(HostileOperator, IndicesThatPickNothingAreRefused) {
  expect_refused({"'gather'", "index 2 is 36", "-1 to 35"},
                 with_graph([](auto& g) { node(g, "gather").op.AsGather()->indices[2] = 36; }));
  expect_refused({"'gather'", "no indices"},
                 with_graph([](auto& g) { node(g, "gather").op.AsGather()->indices.clear(); }));
}

TEST(HostileOperator, PositionsAndOrdersThatAreNotThereAreRefused) {
  for (const std::int64_t number : {kHuge, kMost, kLeast, std::int64_t{-2}, std::int64_t{36}}) {
    expect_refused({"'gather'", "index 0 is", "expected -1 to 35"}, with_graph([&](auto& g) {
                     node(g, "gather").op.AsGather()->indices[0] = number;
                   }));
    expect_refused({"'columns'", "axis", "expected 2 to 3"}, with_graph([&](auto& g) {
                     node(g, "columns").op.AsSpatialGather()->axis = number;
                   }));
    expect_refused({"'columns'", "index 1 is", "expected 0 to 7"}, with_graph([&](auto& g) {
                     node(g, "columns").op.AsSpatialGather()->indices[1] = number;
                   }));
    expect_refused({"'transpose'", "order of axes"}, with_graph([&](auto& g) {
                     node(g, "transpose").op.AsTranspose()->order[2] = number;
                   }));
    expect_refused({"'blocks'", "block"}, with_graph([&](auto& g) {
                     node(g, "blocks").op.AsDepthToSpace()->block_width = number;
                   }));
  }
  expect_refused({"'columns'", "no indices"}, with_graph([](auto& g) {
                   node(g, "columns").op.AsSpatialGather()->indices.clear();
                 }));
  expect_refused({"'transpose'", "order of axes"},
                 with_graph([](auto& g) { node(g, "transpose").op.AsTranspose()->order.clear(); }));
}

TEST(HostileOperator, BordersAndSizesOutOfRangeAreRefused) {
  for (const std::int64_t number : {kHuge, kMost, kLeast, std::int64_t{-1}}) {
    expect_refused({"'pad'"},
                   with_graph([&](auto& g) { node(g, "pad").op.AsPad()->begin[0] = number; }));
    expect_refused({"'pad'"},
                   with_graph([&](auto& g) { node(g, "pad").op.AsPad()->end[1] = number; }));
    expect_refused({"'resize'"},
                   with_graph([&](auto& g) { node(g, "resize").op.AsResize()->height = number; }));
    expect_refused({"'lrn'", "size", "expected 1 to"},
                   with_graph([&](auto& g) { node(g, "lrn").op.AsLrn()->size = number; }));
  }
  expect_refused({"'pad'", "pads"},
                 with_graph([](auto& g) { node(g, "pad").op.AsPad()->begin.clear(); }));
  expect_refused({"'pad'", "pads"},
                 with_graph([](auto& g) { node(g, "pad").op.AsPad()->end.assign(1000, 0); }));
}

TEST(HostileOperator, BordersScalesAndFactorsThatAreNotNumbersAreRefused) {
  for (const float number : {std::numeric_limits<float>::quiet_NaN(), HUGE_VALF, -HUGE_VALF}) {
    expect_refused({"'pad'", "not finite"},
                   with_graph([&](auto& g) { node(g, "pad").op.AsPad()->value = number; }));
    expect_refused({"'resize'", "scale"}, with_graph([&](auto& g) {
                     node(g, "resize").op.AsResize()->scale_width = number;
                   }));
    expect_refused({"'lrn'", "not finite"},
                   with_graph([&](auto& g) { node(g, "lrn").op.AsLrn()->beta = number; }));
  }
  for (const float scale : {1e-30f, 1e30f, -0.5f, 0.1f}) {
    expect_refused({"'resize'", "scale", "as the extents say"}, with_graph([&](auto& g) {
                     node(g, "resize").op.AsResize()->scale_width = scale;
                   }));
  }
}

TEST(HostileOperator, UnknownKindsAreRefused) {
  expect_refused({"section graph", ".op.kind", "found 200", "0 to 1"}, with_graph([](auto& g) {
                   node(g, "pool").op.AsPool2d()->kind = static_cast<file::PoolKind>(200);
                 }));
  constexpr int kLast = static_cast<int>(file::UnaryKind::MAX);
  expect_refused({"section graph", ".op.kind", "found " + std::to_string(kLast + 1),
                  "0 to " + std::to_string(kLast)},
                 with_graph([](auto& g) {
                   node(g, "relu1").op.AsUnary()->kind = static_cast<file::UnaryKind>(kLast + 1);
                 }));
  expect_refused({"section graph", ".op.kind", "found 3", "0 to 2"}, with_graph([](auto& g) {
                   node(g, "softmax").op.AsSoftmax()->kind = static_cast<file::SoftmaxKind>(3);
                 }));
  expect_refused({"section graph", ".op.kind", "found 10", "0 to 9"}, with_graph([](auto& g) {
                   node(g, "most").op.AsReduce()->kind = static_cast<file::ReduceKind>(10);
                 }));
  expect_refused({"section graph", ".op.kind", "found 255"}, with_graph([](auto& g) {
                   node(g, "sum").op.AsBinary()->kind = static_cast<file::BinaryKind>(255);
                 }));
  const auto resize_with = [](auto change) {
    return with_graph([&](auto& g) { change(*node(g, "resize").op.AsResize()); });
  };
  expect_refused({"section graph", ".op.kind", "found 2", "0 to 1"},
                 resize_with([](auto& resize) { resize.kind = static_cast<file::ResizeKind>(2); }));
  expect_refused({"section graph", ".op.coordinates", "found 6", "0 to 5"},
                 resize_with([](auto& resize) {
                   resize.coordinates = static_cast<file::ResizeCoordinates>(6);
                 }));
  expect_refused(
      {"section graph", ".op.nearest", "found 4", "0 to 3"},
      resize_with([](auto& resize) { resize.nearest = static_cast<file::NearestPixel>(4); }));
}

TEST(HostileOperator, ParametersThatTheirKindDoesNotTakeAreRefused) {
  expect_refused({"'relu1'", "alpha 1,", "expected 0"},
                 with_graph([](auto& g) { node(g, "relu1").op.AsUnary()->alpha = 1.0f; }));
  expect_refused({"'clip'", "lower bound 7 (alpha)", "above upper bound"},
                 with_graph([](auto& g) { node(g, "clip").op.AsUnary()->alpha = 7.0f; }));
  expect_refused({"'clip'", "beta inf", "a finite number"},
                 with_graph([](auto& g) { node(g, "clip").op.AsUnary()->beta = HUGE_VALF; }));
}

TEST(HostileOperator, AxesAndExtentsOutOfRangeAreRefused) {
  for (const std::int64_t number : {kHuge, kMost, kLeast, std::int64_t{-1}, std::int64_t{0}}) {
    expect_refused({"'concat'", "axis", "expected 1 to 3"},
                   with_graph([&](auto& g) { node(g, "concat").op.AsConcat()->axis = number; }));
    expect_refused({"'softmax'", "axis", "expected 1 to 3"},
                   with_graph([&](auto& g) { node(g, "softmax").op.AsSoftmax()->axis = number; }));
    expect_refused({"'reshape'"}, with_graph([&](auto& g) {
                     node(g, "reshape").op.AsReshape()->inner[1] = number;
                   }));
  }
  expect_refused({"'reshape'", "inner extents"}, with_graph([](auto& g) {
                   node(g, "reshape").op.AsReshape()->inner.assign(1000, 1);
                 }));
}

TEST(HostileOperator, WindowsOutOfRangeAreRefused) {
  for (const std::int64_t number : {kHuge, kMost, kLeast, std::int64_t{-1}}) {
    expect_refused({"'conv1'"}, with_window(number, 1, 1, 1));
    expect_refused({"'conv1'"}, with_window(3, number, 1, 1));
    expect_refused({"'conv1'"}, with_window(3, 1, number, 1));
    expect_refused({"'conv1'"}, with_window(3, 1, 1, number));
  }
  expect_refused({"'conv1'", "stride 0"}, with_window(3, 0, 1, 1));
  expect_refused({"'conv1'"}, with_window(2, 1, 1, 1));  // the weight is 3x3
}

TEST(HostileOperator, GroupsOutOfRangeAreRefused) {
  for (const std::int64_t groups :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{3}, kHuge, kMost, kLeast}) {
    expect_refused({"'conv2'"},
                   with_graph([&](auto& g) { node(g, "conv2").op.AsConv2d()->groups = groups; }));
  }
}

TEST(HostileOperator, BatchNormOfNotANumberIsRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  expect_refused({"'bn1'", "epsilon"},
                 with_graph([&](auto& g) { node(g, "bn1").op.AsBatchNorm()->epsilon = nan; }));
  expect_refused({"'bn1'", "momentum"},
                 with_graph([&](auto& g) { node(g, "bn1").op.AsBatchNorm()->momentum = nan; }));
}

/// A graph section of one node, whose operator says it is `type` and is a Linear.
Bytes section_with_operator_type(file::Operator type) {
  FlatBufferBuilder builder;
  const auto activation = [&](const char* name) {
    return file::CreateValueDirect(builder, name, file::ElementType::Float32,
                                   std::make_unique<std::vector<std::int64_t>>(2, -1).get());
  };
  const std::vector<flatbuffers::Offset<file::Value>> values = {activation("x"), activation("y")};
  const std::vector<std::int32_t> x = {0};
  const std::vector<std::int32_t> y = {1};
  const auto op = file::CreateLinear(builder).Union();
  const std::vector<flatbuffers::Offset<file::Node>> nodes = {
      file::CreateNodeDirect(builder, "node", type, op, &x, &y)};
  builder.Finish(file::CreateGraphDirect(builder, "graph", &values, &nodes, &x, &y), "OKGR");
  return finished(builder);
}

TEST(HostileOperator, UnknownOperatorsAreRefused) {
  const Bytes file = serialize_model(smallest_model());
  constexpr int kLast = static_cast<int>(file::Operator::MAX);
  for (const int type : {0, kLast + 1, 99, 255}) {
    const Bytes graph = section_with_operator_type(static_cast<file::Operator>(type));
    expect_refused(
        {"nodes[0].op_type", "found " + std::to_string(type), "1 to " + std::to_string(kLast)},
        with_section(file, SectionKind::kGraph, graph));
  }
}

TEST(HostileOperator, TableOfAnotherOperatorIsRefused) {
  const Bytes file = serialize_model(smallest_model());
  const Bytes graph = section_with_operator_type(file::Operator::Conv2d);  // a window is missing
  expect_refused({"section graph", "OKGR"}, with_section(file, SectionKind::kGraph, graph));
}

TEST(HostileWeights, RangesOutsideTheSectionAreRefused) {
  const std::uint64_t size = section(SectionKind::kWeights).size();
  const std::uint64_t most = ~std::uint64_t{0};
  for (const std::uint64_t offset : {size, size + 64, most, most - 63, std::uint64_t{1} << 63}) {
    expect_refused({"constant.offset"}, with_range("linear.bias", offset, 12));
  }
  for (const std::uint64_t length : {size, most, most - 11, std::uint64_t{16}, std::uint64_t{0}}) {
    expect_refused({"constant.length"}, with_range("conv1.weight", 0, length));
  }
}

TEST(HostileWeights, RangesThatOverlapOrAreMisalignedAreRefused) {
  expect_refused({"constant.offset", "found 0"}, with_range("conv1.bias", 0, 8));
  expect_refused({"constant.offset", "found 1"}, with_range("conv1.weight", 1, 72));
  expect_refused({"constant.offset", "found 4"}, with_range("conv1.weight", 4, 72));
}

TEST(HostileWeights, LargeConstantInASmallSectionIsRefused) {
  expect_refused({"constant.length", "within"}, with_graph([](auto& graph) {
                   auto& last = value(graph, "linear.bias");
                   last.shape = {1 << 30};
                   *last.constant =
                       file::WeightRange(last.constant->offset(), std::uint64_t{4} << 30);
                 }));
}

TEST(HostileWeights, PaddingAndSurplusAreRefused) {
  Bytes weights = section(SectionKind::kWeights);
  weights[72] = std::byte{1};  // behind conv1.weight
  expect_refused({"section weights", "padding at byte 72"},
                 with_section(sample(), SectionKind::kWeights, weights));
  weights = section(SectionKind::kWeights);
  weights.resize(weights.size() + 4);
  expect_refused({"section weights", "end of the last constant"},
                 with_section(sample(), SectionKind::kWeights, weights));
  weights.resize(weights.size() - 8);
  expect_refused({"constant.length"}, with_section(sample(), SectionKind::kWeights, weights));
  expect_refused({"constant.length"}, with_section(sample(), SectionKind::kWeights, {}));
}

TEST(HostileWeights, NumbersThatAreNotFiniteAreRefused) {
  Bytes weights = section(SectionKind::kWeights);
  const float infinity = std::numeric_limits<float>::infinity();
  std::memcpy(weights.data() + 8, &infinity, sizeof infinity);
  expect_refused({"'conv1.weight'", "element 2 is not finite"},
                 with_section(sample(), SectionKind::kWeights, weights));
}

TEST(HostilePreprocessing, MustFitTheInputs) {
  expect_refused({"section preprocessing", "number of inputs", "found 2", "expected 1"},
                 with_preprocessing([](auto& p) {
                   p.inputs.push_back(std::make_unique<file::InputPreprocessingT>());
                 }));
  expect_refused({"section preprocessing", "inputs[0].mean", "found 2", "expected 1"},
                 with_preprocessing([](auto& p) {
                   p.inputs[0]->mean = {1.0f, 2.0f};
                 }));
  expect_refused({"inputs[0].standard_deviation", "positive"},
                 with_preprocessing([](auto& p) { p.inputs[0]->standard_deviation = {0.0f}; }));
  expect_refused({"inputs[0].scale", "finite"}, with_preprocessing([](auto& p) {
                   p.inputs[0]->scale = std::numeric_limits<float>::infinity();
                 }));
}

TEST(HostileSelfTest, MustFitTheGraph) {
  for (const std::int64_t batch : {std::int64_t{0}, std::int64_t{-1}, kLeast}) {
    expect_refused({"section self-test", "batch", "at least 1"},
                   with_self_test([&](auto& t) { t.batch = batch; }));
  }
  for (const std::int64_t batch : {std::int64_t{1}, std::int64_t{3}, kHuge, kMost}) {
    expect_refused({"section self-test", "elements of inputs[0]", "found 72"},
                   with_self_test([&](auto& t) { t.batch = batch; }));
  }
  expect_refused({"elements of outputs[0]"},
                 with_self_test([](auto& t) { t.outputs[0]->elements.pop_back(); }));
  expect_refused({"number of outputs"}, with_self_test([](auto& t) { t.outputs.clear(); }));
  expect_refused({"number of inputs"}, with_self_test([](auto& t) { t.inputs.clear(); }));
  expect_refused({"inputs[0]", "finite"}, with_self_test([](auto& t) {
                   t.inputs[0]->elements[5] = std::numeric_limits<float>::quiet_NaN();
                 }));
  expect_refused({"tolerance"}, with_self_test([](auto& t) { t.tolerance = -1.0f; }));
  expect_refused({"allowed"}, with_self_test([](auto& t) { t.allowed.assign(7, 1.0f); }));
  expect_refused({"allowed"}, with_self_test([](auto& t) { t.allowed = {-1.0f}; }));
  expect_refused({"allowed"}, with_self_test([](auto& t) {
                   t.allowed = {std::numeric_limits<float>::infinity()};
                 }));
}

TEST(HostileProvenance, BreaksNoRule) {
  expect_refused({"section provenance", "entries[1].key", "'network' again"},
                 with_provenance([](auto& p) { p.entries[1]->key = "network"; }));
  expect_refused({"entries[0].key"}, with_provenance([](auto& p) { p.entries[0]->key = ""; }));
  expect_refused({"layers[0].relevance", "found 4", "expected 5"},
                 with_provenance([](auto& p) { p.layers[0]->dense_width = 5; }));
  expect_refused({"layers[1].width"},
                 with_provenance([](auto& p) { p.layers[1]->width = kLeast; }));
  expect_refused({"layers[1].dense_width"},
                 with_provenance([](auto& p) { p.layers[1]->dense_width = -1; }));
  expect_refused({"layers[1].layer"}, with_provenance([](auto& p) { p.layers[1]->layer = ""; }));
  expect_refused({"layers[0].relevance"}, with_provenance([](auto& p) {
                   p.layers[0]->relevance[2] = std::numeric_limits<float>::quiet_NaN();
                 }));
}

/// A graph section with `references` references to one value whose name has `name_size` bytes.
Bytes section_of_one_shared_value(std::size_t references, std::size_t name_size) {
  FlatBufferBuilder builder;
  const std::vector<std::int64_t> shape = {-1, 1};
  const auto shared = file::CreateValueDirect(builder, std::string(name_size, 'x').c_str(),
                                              file::ElementType::Float32, &shape);
  const std::vector<flatbuffers::Offset<file::Value>> values(references, shared);
  const std::vector<flatbuffers::Offset<file::Node>> nodes;
  const std::vector<std::int32_t> ids = {0};
  builder.Finish(file::CreateGraphDirect(builder, "graph", &values, &nodes, &ids, &ids), "OKGR");
  return finished(builder);
}

TEST(HostileReferences, SharedTablesAreNotCopiedOverAndOver) {
  // 100 MB from 20 kB, and 5 GB from 400 kB, if every reference were believed.
  const Bytes file = serialize_model(smallest_model());
  expect_refused(
      {"section graph", "strings and vectors", "stored and referred to once"},
      with_section(file, SectionKind::kGraph, section_of_one_shared_value(1000, 10'000)));
  expect_refused({"section graph", "OKGR"},
                 with_section(file, SectionKind::kGraph, section_of_one_shared_value(100'000, 4)));
}

TEST(HostileFlatBuffer, BytesThatAreNoneAreRefusedInEverySection) {
  for (const SectionKind kind : {SectionKind::kGraph, SectionKind::kPreprocessing,
                                 SectionKind::kSelfTest, SectionKind::kProvenance}) {
    const std::string name = "section " + std::string(format::section_name(kind));
    for (const std::size_t size : {0u, 1u, 4u, 7u, 8u, 64u, 1000u}) {
      for (const int fill : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
        expect_refused({name}, with_section(sample(), kind, Bytes(size, std::byte(fill))));
      }
    }
    expect_refused({name}, with_section(sample(), kind, section(SectionKind::kWeights)));
  }
}

TEST(HostileFlatBuffer, SectionsInTheWrongPlaceAreRefused) {
  expect_refused({"section provenance", "OKPV"},
                 with_section(sample(), SectionKind::kProvenance, section(SectionKind::kGraph)));
}

/// Whatever is accepted must be as good as any other model.
void expect_refused_or_sound(const Bytes& file) {
  ModelContents contents;
  try {
    contents = parse(file);
  } catch (const Error&) {
    return;
  }
  EXPECT_NO_THROW(validate(contents.graph));
  const Bytes rewritten = serialize_model(contents);
  EXPECT_EQ(serialize_model(parse(rewritten)), rewritten);
}

TEST(HostileFlatBuffer, EveryByteChangedUnderAValidSumIsRefusedOrSound) {
  const format::FileHeader sealed_header = header(sample());
  for (std::size_t i = 0; i < sealed_header.section_count; ++i) {
    const format::SectionEntry range = entry(sample(), i);
    if (SectionKind{range.kind} == SectionKind::kWeights) continue;
    Bytes file = sample();
    for (std::size_t at = range.offset; at < range.offset + range.bytes; ++at) {
      const std::byte original = file[at];
      for (const int change : {0x01, 0x04, 0x80, 0xFF}) {
        file[at] = original ^ std::byte(change);
        SCOPED_TRACE(at);
        expect_refused_or_sound(sealed(file));
      }
      file[at] = original;
    }
  }
}

TEST(HostileFlatBuffer, EveryWordReplacedUnderAValidSumIsRefusedOrSound) {
  for (std::size_t i = 0; i < header(sample()).section_count; ++i) {
    const format::SectionEntry range = entry(sample(), i);
    if (SectionKind{range.kind} == SectionKind::kWeights) continue;
    for (std::size_t at = range.offset; at + 4 <= range.offset + range.bytes; at += 4) {
      for (const std::uint32_t word : {0u, 1u, 4u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFCu}) {
        Bytes file = sample();
        std::memcpy(file.data() + at, &word, sizeof word);
        SCOPED_TRACE(at);
        expect_refused_or_sound(sealed(file));
      }
    }
  }
}

TEST(Writing, RefusesWhatReadingWouldRefuse) {
  const auto refuse = [](std::initializer_list<std::string> parts,
                         const std::function<void(ModelContents&)>& change) {
    ModelContents contents = sample_model();
    change(contents);
    expect_error(Status::kInvalidModel, parts, [&] { serialize_model(contents); });
  };
  refuse({"index 1000"}, [](ModelContents& c) { c.graph.outputs = {1000}; });
  refuse({"self-test", "batch"}, [](ModelContents& c) { c.self_test->batch = 0; });
  refuse({"preprocessing"}, [](ModelContents& c) { c.preprocessing.resize(3); });
  refuse({"provenance"}, [](ModelContents& c) { c.provenance.entries.emplace_back("seed", "2"); });
}

}  // namespace
}  // namespace ockham::tests
