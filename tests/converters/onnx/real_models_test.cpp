// Networks made by others, where OCKHAM_MODELS names a folder that holds them: import must give
// what ONNX Runtime gave. Beside each model NAME.onnx lies NAME.golden/ with the outputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "converters/onnx/onnx.h"
#include "runtime/format/files.h"
#include "runtime/reference/reference.h"

namespace ockham::converters::tests {
namespace {

namespace fs = std::filesystem;

struct RealModel {
  const char* name;
  const char* file;
  const char* golden;
};

constexpr RealModel kModels[] = {
    {"mnist_8", "onnx-zoo/mnist-8/model.onnx", "onnx-zoo/mnist-8.golden"},
    {"resnet20_dense", "distiller/checkpoint_trained_dense.onnx",
     "distiller/checkpoint_trained_dense.golden"},
    {"resnet20_channels_zero", "distiller/checkpoint_trained_ch_regularized_dense.onnx",
     "distiller/checkpoint_trained_ch_regularized_dense.golden"},
    {"resnet20_thinned", "distiller/checkpoint_trained_channel_regularized_resnet20_finetuned.onnx",
     "distiller/checkpoint_trained_channel_regularized_resnet20_finetuned.golden"},
    {"squeezenet_of_constants_of_shape", "onnx-light/light_squeezenet.onnx",
     "onnx-light/light_squeezenet.golden"},
};

/// The golden files' input: a linear congruential generator from seed 12345, scaled to [-1, 1).
std::vector<float> golden_input(std::int64_t count) {
  std::vector<float> input(static_cast<std::size_t>(count));
  std::uint32_t state = 12345;
  for (float& element : input) {
    state = state * 1664525u + 1013904223u;
    element = static_cast<float>(static_cast<double>(state) / 4294967296.0 * 2.0 - 1.0);
  }
  return input;
}

std::vector<float> read_floats(const fs::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
  return floats;
}

class RealModelTest : public testing::TestWithParam<RealModel> {};

TEST_P(RealModelTest, GivesItsGoldenOutput) {
  const char* folder = std::getenv("OCKHAM_MODELS");
  if (folder == nullptr) GTEST_SKIP() << "OCKHAM_MODELS is not set";
  const fs::path file = fs::path(folder) / GetParam().file;
  if (!fs::exists(file)) GTEST_SKIP() << file << " does not exist";

  const Graph graph = import_onnx(file).graph;
  const Shape shape = graph.value(graph.inputs[0]).shape.with_batch(1);
  const reference::Tensor<float> input{shape, golden_input(shape.elements())};
  const std::vector<float> found = reference::run<float>(graph, std::span(&input, 1))[0].data;

  const std::vector<float> expected =
      read_floats(fs::path(folder) / GetParam().golden / "output_0.f32");
  ASSERT_EQ(found.size(), expected.size());
  float largest = 0.0f, difference = 0.0f;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(found[i] - expected[i]));
  }
  EXPECT_LE(difference, 1e-5f * largest);
}

INSTANTIATE_TEST_SUITE_P(Networks, RealModelTest, testing::ValuesIn(kModels),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace ockham::converters::tests
