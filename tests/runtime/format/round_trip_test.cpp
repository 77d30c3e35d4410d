// What is written is what is read.
#include <gmock/gmock.h>

#include <cstring>
#include <functional>
#include <set>
#include <span>
#include <utility>
#include <variant>

#include "runtime/graph/validate.h"
#include "tests/runtime/format/expect_equal.h"
#include "tests/runtime/format/forge.h"
#include "tests/runtime/format/sample_model.h"

namespace ockham::tests {
namespace {

ModelContents reread(const ModelContents& contents) { return parse(serialize_model(contents)); }

Window2d uneven_window() {
  return {.kernel = {2, 3},
          .stride = {3, 2},
          .pad_begin = {1, 0},
          .pad_end = {0, 2},
          .dilation = {1, 2}};
}

/// An operator with attributes that are not the defaults, and the shapes of what it reads; all
/// inputs behind the first `activations` are constants.
struct Case {
  Operator op;
  std::vector<Shape> inputs;
  std::size_t activations = 1;
};

/// With numbers where the kind has parameters.
Unary with_parameters(UnaryKind kind) {
  constexpr float kNumbers[] = {-0.5f, 0.75f};
  const int count = parameter_count(kind);
  return {kind, count > 0 ? kNumbers[0] : 0.0f, count > 1 ? kNumbers[1] : 0.0f};
}

/// Each way to count coordinates and each nearest pixel.
std::vector<Case> resizes_of(const Shape& image) {
  const Resize linear{
      .kind = ResizeKind::kLinear, .size = {3, 4}, .scale = {0.375f, 0.5f}, .antialias = true};
  const Resize part{.coordinates = ResizeCoordinates::kTfCropAndResize,
                    .size = {3, 4},
                    .begin = {0.25f, -0.5f},
                    .end = {0.75f, 2.0f},
                    .outside = -3.0f};
  std::vector<Case> cases = {{linear, {image}}, {part, {image}}};
  for (int kind = 0; kind <= static_cast<int>(kLastResizeCoordinates); ++kind) {
    const auto coordinates = static_cast<ResizeCoordinates>(kind);
    cases.push_back({Resize{.coordinates = coordinates, .size = {20, 3}}, {image}});
  }
  for (int kind = 0; kind <= static_cast<int>(kLastNearestPixel); ++kind) {
    const auto nearest = static_cast<NearestPixel>(kind);
    cases.push_back({Resize{.nearest = nearest, .size = {2, 30}}, {image}});
  }
  return cases;
}

/// Each kind of each operator. A new operator without a case does not compile.
std::vector<Case> cases_of(const Operator& alternative) {
  const Shape image{Shape::kBatch, 4, 9, 9};
  return std::visit(
      Overloaded{
          [&](const Conv2d&) -> std::vector<Case> {
            const Conv2d op{.window = uneven_window(), .groups = 2};
            return {{op, {image, {6, 2, 2, 3}, {6}}}, {op, {image, {6, 2, 2, 3}}}};
          },
          [&](const Linear&) -> std::vector<Case> {
            return {{Linear{}, {{Shape::kBatch, 5}, {3, 5}, {3}}},
                    {Linear{}, {{Shape::kBatch, 5}, {3, 5}}}};
          },
          [&](const BatchNorm&) -> std::vector<Case> {
            return {{BatchNorm{.epsilon = 0.25f, .momentum = 0.5f}, {image, {4}, {4}, {4}, {4}}}};
          },
          [&](const Unary&) -> std::vector<Case> {
            std::vector<Case> kinds;
            for (int kind = 0; kind <= static_cast<int>(kLastUnaryKind); ++kind) {
              kinds.push_back({with_parameters(static_cast<UnaryKind>(kind)), {image}});
            }
            return kinds;
          },
          [&](const Binary&) -> std::vector<Case> {
            std::vector<Case> kinds = {{Binary{BinaryKind::kMul}, {image, {4, 1, 1}}}};
            for (int kind = 0; kind <= static_cast<int>(kLastBinaryKind); ++kind) {
              kinds.push_back({Binary{static_cast<BinaryKind>(kind)}, {image, image}, 2});
            }
            return kinds;
          },
          [&](const Pool2d&) -> std::vector<Case> {
            const auto pool = [&](PoolKind kind, bool count_include_pad) {
              return Case{Pool2d{kind,
                                 {.kernel = {3, 4}, .stride = {2, 3}, .pad_end = {2, 1}},
                                 count_include_pad},
                          {image}};
            };
            return {pool(PoolKind::kMax, false), pool(PoolKind::kAverage, false),
                    pool(PoolKind::kAverage, true)};
          },
          [&](const Flatten&) -> std::vector<Case> {
            return {{Flatten{}, {image}}};
          },
          [&](const Gather&) -> std::vector<Case> {
            return {{Gather{{3, 0, 3}}, {image}}, {Gather{{3, Gather::kZero}}, {image}}};
          },
          [&](const Concat&) -> std::vector<Case> {
            return {{Concat{1}, {image, image}, 2}, {Concat{3}, {image, image, image}, 3}};
          },
          [&](const Reshape&) -> std::vector<Case> {
            return {{Reshape{}, {image}}, {Reshape{{3, 27}}, {image}}};
          },
          [&](const Softmax&) -> std::vector<Case> {
            std::vector<Case> kinds = {{Softmax{2}, {image}}};
            for (int kind = 0; kind <= static_cast<int>(kLastSoftmaxKind); ++kind) {
              kinds.push_back({Softmax{1, static_cast<SoftmaxKind>(kind)}, {image}});
            }
            return kinds;
          },
          [&](const SpatialGather&) -> std::vector<Case> {
            return {{SpatialGather{3, {8, 0, 0}}, {image}}};
          },
          [&](const Pad&) -> std::vector<Case> {
            return {{Pad{{1, 0}, {2, 3}, -0.5f}, {image}}, {Pad{{0, 4}, {0, 0}}, {image}}};
          },
          [&](const Transpose&) -> std::vector<Case> {
            return {{Transpose{{0, 3, 1, 2}}, {image}}};
          },
          [&](const DepthToSpace&) -> std::vector<Case> {
            return {{DepthToSpace{{1, 2}}, {image}}, {DepthToSpace{{4, 1}}, {image}}};
          },
          [&](const Resize&) -> std::vector<Case> { return resizes_of(image); },
          [&](const Lrn&) -> std::vector<Case> {
            return {{Lrn{5, 0.5f, 0.25f, 2.0f}, {image}}};
          },
          [&](const ArgExtreme&) -> std::vector<Case> {
            return {{ArgExtreme{ArgKind::kMax, 3}, {image}},
                    {ArgExtreme{ArgKind::kMin, 1, false, true}, {image}}};
          },
          [&](const TopK&) -> std::vector<Case> {
            return {{TopK{2, 3}, {image}}, {TopK{1, 2, false, TopKOutput::kIndices}, {image}}};
          },
          [&](const FakeQuantize&) -> std::vector<Case> {
            std::vector<Case> types = {{FakeQuantize{QuantizedType::kInt8, 2}, {image, {9}, {9}}}};
            for (int type = 0; type <= static_cast<int>(kLastQuantizedType); ++type) {
              types.push_back({FakeQuantize{static_cast<QuantizedType>(type)}, {image, {1}, {1}}});
            }
            return types;
          },
          [&](const Reduce&) -> std::vector<Case> {
            std::vector<Case> kinds = {{Reduce{ReduceKind::kL2, {1, 2, 3}}, {image}},
                                       {Reduce{ReduceKind::kL2, {1, 3}, false}, {image}}};
            for (int kind = 0; kind <= static_cast<int>(kLastReduceKind); ++kind) {
              kinds.push_back({Reduce{static_cast<ReduceKind>(kind), {3}}, {image}});
            }
            return kinds;
          },
      },
      alternative);
}

ModelContents model_of(const Case& tested) {
  ModelContents contents;
  Graph& graph = contents.graph;
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < tested.inputs.size(); ++i) {
    const Shape& shape = tested.inputs[i];
    const std::string name = "input" + std::to_string(i);
    if (i < tested.activations) {
      inputs.push_back(graph.add_input(name, shape));
      continue;
    }
    std::vector<float> elements(static_cast<std::size_t>(shape.elements()));
    for (std::size_t e = 0; e < elements.size(); ++e) elements[e] = 1.0f + static_cast<float>(e);
    inputs.push_back(graph.add_constant(name, shape, std::move(elements)));
  }
  graph.outputs = {graph.add_node("tested", tested.op, inputs)};
  return contents;
}

template <std::size_t... I>
std::vector<Operator> every_alternative(std::index_sequence<I...>) {
  return {Operator(std::in_place_index<I>)...};
}

TEST(RoundTrip, KeepsEveryOperatorWithItsAttributes) {
  constexpr std::size_t kAlternatives = std::variant_size_v<Operator>;
  for (const Operator& alternative : every_alternative(std::make_index_sequence<kAlternatives>())) {
    SCOPED_TRACE(operator_name(alternative));
    const std::vector<Case> cases = cases_of(alternative);
    ASSERT_FALSE(cases.empty());
    for (const Case& tested : cases) {
      ASSERT_EQ(tested.op.index(), alternative.index());
      const ModelContents contents = model_of(tested);
      expect_equal(reread(contents), contents);
    }
  }
}

/// The minimum reader version in the header of the file.
std::uint32_t reader_version(const Case& tested) {
  const Bytes file = serialize_model(model_of(tested));
  std::uint32_t version = 0;
  std::memcpy(&version, file.data() + 20, sizeof version);
  return version;
}

TEST(RoundTrip, AsksForTheReaderThatFirstKnewTheOperatorAndItsUse) {
  const Shape image{Shape::kBatch, 4, 9, 9};
  EXPECT_EQ(reader_version({Unary{UnaryKind::kRelu}, {image}}), 1u);
  EXPECT_EQ(reader_version({Unary{UnaryKind::kTanh}, {image}}), 3u);
  EXPECT_EQ(reader_version({Binary{BinaryKind::kAdd}, {image, image}, 2}), 1u);
  EXPECT_EQ(reader_version({Binary{BinaryKind::kMul}, {image, image}, 2}), 3u);
  EXPECT_EQ(reader_version({Binary{BinaryKind::kAdd}, {image, {4, 1, 1}}}), 3u);
  EXPECT_EQ(reader_version({Gather{{0}}, {image}}), 2u);
  EXPECT_EQ(reader_version({Concat{1}, {image, image}, 2}), 3u);
  EXPECT_EQ(reader_version({Reshape{{9}}, {image}}), 3u);
  EXPECT_EQ(reader_version({Softmax{1}, {image}}), 3u);
  EXPECT_EQ(reader_version({Gather{{0, Gather::kZero}}, {image}}), 3u);
  EXPECT_EQ(reader_version({SpatialGather{2, {0}}, {image}}), 3u);
  EXPECT_EQ(reader_version({Pad{{0, 0}, {1, 1}}, {image}}), 3u);
  EXPECT_EQ(reader_version({Transpose{{0, 1, 3, 2}}, {image}}), 3u);
  EXPECT_EQ(reader_version({DepthToSpace{{2, 2}}, {image}}), 3u);
  EXPECT_EQ(reader_version({Resize{.size = {2, 2}}, {image}}), 3u);
  EXPECT_EQ(reader_version({Lrn{}, {image}}), 3u);
  EXPECT_EQ(reader_version({Unary{UnaryKind::kErf}, {image}}), 3u);
  EXPECT_EQ(reader_version({Unary{UnaryKind::kNeg}, {image}}), 4u);
  EXPECT_EQ(reader_version({Binary{BinaryKind::kPRelu}, {image, image}, 2}), 3u);
  EXPECT_EQ(reader_version({Binary{BinaryKind::kFmod}, {image, image}, 2}), 4u);
  EXPECT_EQ(reader_version({Softmax{1, SoftmaxKind::kLogSoftmax}, {image}}), 4u);
  EXPECT_EQ(reader_version({Reduce{ReduceKind::kSum, {1}}, {image}}), 4u);
  EXPECT_EQ(reader_version({ArgExtreme{}, {image}}), 4u);
  EXPECT_EQ(reader_version({TopK{}, {image}}), 4u);
  EXPECT_EQ(reader_version({FakeQuantize{}, {image, {1}, {1}}}), 4u);
}

TEST(RoundTrip, KeepsEverythingOfAModel) {
  const ModelContents contents = sample_model();
  expect_equal(reread(contents), contents);
}

// So that the tests of damaged files and the file that is kept of a new version meet it.
TEST(RoundTrip, TheSampleHasEveryOperator) {
  std::set<std::size_t> found;
  for (const Node& node : sample_model().graph.nodes) found.insert(node.op.index());
  EXPECT_EQ(found.size(), std::variant_size_v<Operator>);
}

TEST(RoundTrip, KeepsAModelThatHasOnlyAGraph) {
  const ModelContents contents = smallest_model();
  const ModelContents read = reread(contents);
  expect_equal(read, contents);
  EXPECT_TRUE(read.preprocessing.empty());
  EXPECT_FALSE(read.self_test);
  EXPECT_TRUE(read.provenance.empty());
}

TEST(RoundTrip, KeepsPreprocessingWithoutMeanOrStandardDeviation) {
  ModelContents contents = smallest_model();
  contents.preprocessing = {{.scale = 2.0f}};
  expect_equal(reread(contents), contents);
}

TEST(RoundTrip, KeepsInfiniteRelevances) {
  ModelContents contents = smallest_model();
  const float infinity = std::numeric_limits<float>::infinity();
  contents.provenance.layers = {
      {.layer = "y", .dense_width = 2, .width = 1, .relevance = {infinity, -infinity}}};
  expect_equal(reread(contents), contents);
}

TEST(RoundTrip, KeepsSeveralInputsAndOutputs) {
  ModelContents contents;
  Graph& graph = contents.graph;
  const ValueId a = graph.add_input("a", {Shape::kBatch, 2});
  const ValueId b = graph.add_input("b", {Shape::kBatch, 2});
  const ValueId sum = graph.add_node("sum", Binary{BinaryKind::kAdd}, {a, b});
  const ValueId relu = graph.add_node("relu", Unary{UnaryKind::kRelu}, {sum});
  graph.outputs = {relu, sum};
  contents.preprocessing = {{.mean = {1.0f, 2.0f}}, {.standard_deviation = {3.0f, 4.0f}}};
  contents.self_test = SelfTest{.batch = 1,
                                .inputs = {{1.0f, 2.0f}, {-3.0f, 4.0f}},
                                .outputs = {{0.0f, 6.0f}, {-2.0f, 6.0f}},
                                .tolerance = 0.5f};
  expect_equal(reread(contents), contents);
}

TEST(RoundTrip, GivesTheSameBytesAgain) {
  const Bytes first = serialize_model(sample_model());
  EXPECT_EQ(serialize_model(parse(first)), first);
}

TEST(RoundTrip, ReadsConstantsWhereTheFileHasThem) {
  const Bytes file = serialize_model(sample_model());
  const auto copy = aligned_copy(file);
  const std::less_equal<const void*> not_behind;  // takes addresses of different blocks, too
  const Graph graph = parse_model({copy.get(), file.size()}, copy).graph;
  for (const Value& value : graph.values) {
    if (!value.is_constant) continue;
    const std::span<const float> floats = value.constant.floats;
    EXPECT_TRUE(not_behind(copy.get(), floats.data())) << value.name << " was copied";
    EXPECT_TRUE(not_behind(floats.data() + floats.size(), copy.get() + file.size()))
        << value.name << " was copied";
  }
}

TEST(RoundTrip, AlignsConstantsAndKeepsTheirOwnerAlive) {
  const Graph graph = reread(sample_model()).graph;  // the bytes have no other owner any more
  for (const Value& value : graph.values) {
    if (!value.is_constant) continue;
    const auto address = reinterpret_cast<std::uintptr_t>(value.constant.floats.data());
    EXPECT_EQ(address % format::kAlignment, 0u) << value.name;
  }
  EXPECT_EQ(graph.value(graph.find_value("bn1.scale")).constant.floats[0], 1.5f);
}

TEST(Provenance, SetsReplacesAndFindsEntries) {
  Provenance provenance;
  EXPECT_EQ(provenance.get("seed"), "");
  provenance.set("seed", "1");
  provenance.set("method", "group-ard");
  provenance.set("seed", "2");
  EXPECT_EQ(provenance.get("seed"), "2");
  EXPECT_EQ(provenance.entries.size(), 2u);
}

}  // namespace
}  // namespace ockham::tests
