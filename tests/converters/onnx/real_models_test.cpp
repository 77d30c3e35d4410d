// Networks made by others, where OCKHAM_MODELS names a folder that holds them: import must give
// what ONNX Runtime gave, with the reference kernels and on the CPU. Beside each model NAME.onnx
// lies NAME.golden/ with the outputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>

#include "converters/onnx/onnx.h"
#include "runtime/format/files.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/difference.h"
#include "runtime/reference/reference.h"
#include "tests/cases/run_session.h"

namespace ockham::converters::tests {
namespace {

namespace fs = std::filesystem;

// Naive loops take some 5 s for 1e9 multiply-accumulates, with sanitizers a minute.
#ifdef OCKHAM_SANITIZED
constexpr std::int64_t kMostMacs = 200'000'000, kMostReferenceMacs = 100'000'000;
#else
constexpr std::int64_t kMostMacs = 100'000'000'000, kMostReferenceMacs = 5'000'000'000;
#endif

struct RealModel {
  const char* name;
  const char* file;
  const char* golden;
};

void PrintTo(const RealModel& model, std::ostream* stream) { *stream << model.file; }

constexpr RealModel kModels[] = {
    {"mnist_8", "onnx-zoo/mnist-8/model.onnx", "onnx-zoo/mnist-8.golden"},
    {"super_resolution_10", "onnx-zoo/super-resolution-10/model.onnx",
     "onnx-zoo/super-resolution-10.golden"},
    {"distiller_resnet20_dense", "distiller/checkpoint_trained_dense.onnx",
     "distiller/checkpoint_trained_dense.golden"},
    {"distiller_resnet20_channels_zero", "distiller/checkpoint_trained_ch_regularized_dense.onnx",
     "distiller/checkpoint_trained_ch_regularized_dense.golden"},
    {"distiller_resnet20_thinned",
     "distiller/checkpoint_trained_channel_regularized_resnet20_finetuned.onnx",
     "distiller/checkpoint_trained_channel_regularized_resnet20_finetuned.golden"},
    {"resnet20", "resnet-cifar10/resnet20-12fca82f.onnx",
     "resnet-cifar10/resnet20-12fca82f.golden"},
    {"resnet56", "resnet-cifar10/resnet56-4bfd9763.onnx",
     "resnet-cifar10/resnet56-4bfd9763.golden"},
    {"ultraface", "ultraface/version-RFB-320.onnx", "ultraface/version-RFB-320.golden"},
    {"ultraface_simplified", "ultraface/version-RFB-320_simplified.onnx",
     "ultraface/version-RFB-320_simplified.golden"},
    {"light_squeezenet", "onnx-light/light_squeezenet.onnx", "onnx-light/light_squeezenet.golden"},
    {"light_densenet121", "onnx-light/light_densenet121.onnx",
     "onnx-light/light_densenet121.golden"},
    {"light_resnet50", "onnx-light/light_resnet50.onnx", "onnx-light/light_resnet50.golden"},
    {"light_vgg19", "onnx-light/light_vgg19.onnx", "onnx-light/light_vgg19.golden"},
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

class RealModelTest : public testing::TestWithParam<RealModel> {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("OCKHAM_MODELS");
    if (folder == nullptr) GTEST_SKIP() << "OCKHAM_MODELS is not set";
    const fs::path file = fs::path(folder) / GetParam().file;
    golden_ = fs::path(folder) / GetParam().golden;
    if (!fs::exists(file)) GTEST_SKIP() << file << " does not exist";
    graph_ = import_onnx(file).graph;
    const Shape shape = graph_.value(graph_.inputs[0]).shape.with_batch(1);
    inputs_ = {{shape, golden_input(shape.elements())}};
  }

  /// Whether there is time for so many multiply-accumulates.
  bool has_at_most(std::int64_t macs) const { return cost(graph_).total.macs <= macs; }

  void expect_golden(const std::vector<reference::Tensor<float>>& outputs) const {
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      const std::vector<float> expected =
          read_floats(golden_ / ("output_" + std::to_string(o) + ".f32"));
      const std::vector<float>& found = outputs[o].data;
      ASSERT_EQ(found.size(), expected.size()) << "output " << o;
      EXPECT_LE(relative_difference(found, expected), 1e-4) << "output " << o;
    }
  }

  Graph graph_;
  fs::path golden_;
  std::vector<reference::Tensor<float>> inputs_;
};

TEST_P(RealModelTest, GivesItsGoldenOutputs) {
  if (!has_at_most(kMostReferenceMacs)) GTEST_SKIP() << "naive kernels would take too long";
  expect_golden(reference::run<float>(graph_, inputs_));
}

TEST_P(RealModelTest, GivesItsGoldenOutputsOnTheCpu) {
  if (!has_at_most(kMostMacs)) GTEST_SKIP() << "would take too long";
  expect_golden(ockham::tests::run_session(graph_, inputs_));
}

INSTANTIATE_TEST_SUITE_P(Networks, RealModelTest, testing::ValuesIn(kModels),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace ockham::converters::tests
