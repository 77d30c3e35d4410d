// Arrays of the caller's as they are: layouts, and bytes of pictures.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>

#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

using tests::expect_error;
using tests::NetworkBuilder;
using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t kN = Shape::kBatch;
constexpr std::int64_t kBatch = 2;
const InputPreprocessing kOfThreeChannels = {
    1.0f / 255.0f, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

Bytes all_bytes(std::int64_t count) {
  Bytes bytes;
  for (std::int64_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 37));
  return bytes;
}

/// As one does it by hand, for channels that have so many elements in a row.
std::vector<float> prepared_by_hand(const Bytes& bytes, const InputPreprocessing& how,
                                    std::size_t run) {
  std::vector<float> floats;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    float number = static_cast<float>(bytes[i]) * how.scale;
    if (!how.mean.empty()) number -= how.mean[i / run % how.mean.size()];
    if (!how.standard_deviation.empty()) {
      number /= how.standard_deviation[i / run % how.standard_deviation.size()];
    }
    floats.push_back(number);
  }
  return floats;
}

/// `run`, where inputs are bytes.
Arrays run_on_bytes(Session& session, const Bytes& bytes) {
  RunArrays arrays(session.model().graph(), kBatch, {});
  arrays.reads = {reinterpret_cast<const float*>(bytes.data())};
  EXPECT_EQ(session.run(kBatch, arrays.reads, arrays.writes), Status::kOk);
  return arrays.outputs;
}

/// A network whose output is its input, of this shape.
Graph identity(const Shape& shape) {
  NetworkBuilder net(1);
  return net.build(net.input("image", shape));
}

struct BytesCase {
  Graph graph;
  InputPreprocessing preprocessing;
  std::size_t run;  ///< elements in a row of one channel, in the graph's order
};

std::vector<BytesCase> bytes_cases() {
  return {{identity({kN, 3, 5, 7}), kOfThreeChannels, 35},
          {identity({kN, 3, 5, 7}), {}, 1},
          {identity({kN, 3, 5, 7}), {.mean = {1.0f, 2.0f, 3.0f}}, 35},
          {identity({kN, 5, 7, 3}), kOfThreeChannels, 1},
          {identity({kN, 12}), kOfThreeChannels, 4},
          {identity({kN, 3, 4}), kOfThreeChannels, 4},
          {identity({kN, 1, 6, 6}), {0.5f, {7.0f}, {}}, 36}};
}

TEST(BytesOfPictures, BecomeTheFloatsThatAreMadeByHand) {
  for (const auto& [graph, preprocessing, run] : bytes_cases()) {
    const Shape& shape = graph.value(graph.inputs[0]).shape;
    SCOPED_TRACE(shape.text());
    Session session(
        model_of(graph),
        {.max_batch = kBatch,
         .input_formats = {{.type = StoredType::kUint8, .preprocessing = preprocessing}}});
    const Bytes bytes = all_bytes(kBatch * shape.elements());
    EXPECT_EQ(run_on_bytes(session, bytes)[0], prepared_by_hand(bytes, preprocessing, run));
  }
}

TEST(BytesOfPictures, GoIntoAnyLayoutFromAny) {
  const Shape shape = {kN, 3, 5, 7};
  const Bytes bytes = all_bytes(kBatch * shape.elements());
  const std::vector<float> floats = prepared_by_hand(bytes, kOfThreeChannels, 35);
  for (const Layout in : {Layout::kRowMajor, Layout::kChannelsLast}) {
    for (const Layout out : {Layout::kRowMajor, Layout::kChannelsLast}) {
      for (const int threads : {1, 2}) {
        Session session(model_of(identity(shape)),
                        {.max_batch = kBatch,
                         .threads = threads,
                         .input_formats = {{in, StoredType::kUint8, kOfThreeChannels}},
                         .output_formats = {{out}}});
        ASSERT_EQ(session.plan().steps.size(), 1u);
        const bool last = in == Layout::kChannelsLast;
        const Arrays found = run_on_bytes(session, last ? to_channels_last(bytes, shape) : bytes);
        EXPECT_EQ(out == Layout::kRowMajor ? found[0] : to_row_major(found[0], shape), floats);
      }
    }
  }
}

/// A convolution of few channels, in NCHW, or of many, in NHWC, and what reads both.
Graph network(std::int64_t channels) {
  NetworkBuilder net(2);
  const ValueId image = net.input("image", {kN, channels, 16, 16});
  const ValueId x = net.conv("conv", image, 24, {.kernel = 3, .pad = 1});
  return net.build(net.linear("scores", net.flatten("flat", net.relu("relu", x)), 10));
}

TEST(BytesOfPictures, GiveTheSameBitsAsTheirFloats) {
  for (const std::int64_t channels : {3, 32}) {
    const Graph graph = network(channels);
    const Shape& shape = graph.value(graph.inputs[0]).shape;
    const Bytes bytes = to_channels_last(all_bytes(kBatch * shape.elements()), shape);
    const auto session = [&](StoredType type) {
      return std::make_unique<Session>(
          model_of(graph),
          SessionOptions{.max_batch = kBatch, .input_formats = {{Layout::kChannelsLast, type}}});
    };
    const std::vector<float> floats(bytes.begin(), bytes.end());
    EXPECT_EQ(run_on_bytes(*session(StoredType::kUint8), bytes),
              run(*session(StoredType::kFloat32), kBatch, {floats}));
  }
}

TEST(BytesOfPictures, ArePreparedAsTheModelSays) {
  const Graph graph = identity({kN, 3, 5, 7});
  const auto model = Model::from_contents({.graph = graph, .preprocessing = {kOfThreeChannels}});
  Session session(model, {.max_batch = kBatch, .input_formats = {{.type = StoredType::kUint8}}});
  const Bytes bytes = all_bytes(kBatch * 105);
  EXPECT_EQ(run_on_bytes(session, bytes)[0], prepared_by_hand(bytes, kOfThreeChannels, 35));
}

TEST(ArrayFormats, AreRefusedWhereTheyDoNotFit) {
  auto model = model_of(network(3));
  const auto refuses = [&](const std::string& text, const ArrayFormats& inputs,
                           const ArrayFormats& outputs = {}) {
    expect_error(Status::kInvalidArgument, {text},
                 [&] { Session(model, {.input_formats = inputs, .output_formats = outputs}); });
  };
  const ArrayFormat nhwc{Layout::kChannelsLast};
  const auto bytes = [](InputPreprocessing preprocessing) {
    return ArrayFormats{{.type = StoredType::kUint8, .preprocessing = std::move(preprocessing)}};
  };
  refuses("2 formats of inputs were given, expected none or 1", {nhwc, nhwc});
  refuses("output 'scores' was asked for in NHWC, but is [N, 10]", {}, {nhwc});
  refuses("output 'scores' was asked for in uint8", {}, {{.type = StoredType::kUint8}});
  refuses("not taken in uint8", {{.preprocessing = InputPreprocessing{}}});
  refuses("2 means, but [N, 3, 16, 16]", bytes({.mean = {1.0f, 2.0f}}));
  refuses("standard deviation that is not a positive number",
          bytes({.standard_deviation = {1.0f, 0.0f, 1.0f}}));
  refuses("not finite", bytes({.scale = NAN}));
  model = model_of(identity({kN, 12}));  // planes of any number
  refuses("3 means and 4 standard deviations",
          bytes({.mean = {1, 2, 3}, .standard_deviation = {1, 2, 3, 4}}));
}

}  // namespace
}  // namespace ockham
