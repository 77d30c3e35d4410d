// Files of released formats load for ever. Do not change a file under tests/data, nor what is
// expected of it here.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/format/container.h"
#include "runtime/format/container_layout.h"
#include "runtime/format/model_file.h"
#include "runtime/reference/reference.h"

namespace ockham::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

/// What the files answer to their self-test: the first numbers of each output, at most four. ONNX
/// Runtime gives the same for those that have an ONNX file beside them.
const std::map<std::string, std::vector<std::vector<float>>> kAnswers = {
    {"v1/sample.ockham", {{1.104418f, 1.0380827f, 1.2051481f, 1.1377113f}}},
    {"v2/kinds.ockham", {{-0.11866707f, -0.30458921f, 0.04346763f, -0.11864106f}}},
    {"v2/sample.ockham", {{-1.8705612f, 0.035470188f, 0.58077562f, -1.8663236f}}},
    {"v3/kinds.ockham",
     {{0.461353f, 0.57909548f, 0.48885047f, 0.43613082f},
      {0.83644336f, 0.44452837f, 0.9775005f, 1.011409f}}},
    {"v3/sample.ockham", {{-0.69755149f, -0.23951478f, -0.32260576f, -0.69696707f}}},
    {"v4/kinds.ockham",
     {{-1.3007143f, 0.76848745f, -0.69155282f, -0.75577283f},
      {0, 3, 4, 0},
      {0, 3, 4, 0},
      {1, 0, 1, 2}}},
    {"v4/sample.ockham",
     {{-0.37840125f, -0.49996161f, -0.38638222f, -0.37840125f},
      {-0.37840125f, -0.38638222f, -0.37840125f, -0.38638222f},
      {1, 1}}},
};

fs::path folder_of(std::uint32_t version) {
  return fs::path(OCKHAM_TEST_DATA) / ("v" + std::to_string(version));
}

std::vector<fs::path> files_of(std::uint32_t version) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_of(version), error)) {
    if (entry.path().extension() == ".ockham") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

format::FileHeader header_of(const fs::path& path) {
  format::FileHeader header{};
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(&header), sizeof header);
  return header;
}

std::vector<std::string> operators_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.emplace_back(operator_name(node.op));
  return names;
}

float largest(const std::vector<float>& numbers) {
  float most = 0.0f;
  for (const float number : numbers) most = std::max(most, std::abs(number));
  return most;
}

std::vector<reference::Tensor<float>> answers_to_self_test(const ModelContents& contents) {
  const SelfTest& test = contents.self_test.value();
  std::vector<reference::Tensor<float>> inputs;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const Shape& shape = contents.graph.value(contents.graph.inputs[i]).shape;
    inputs.push_back({shape.with_batch(test.batch), test.inputs[i]});
  }
  return reference::run<float>(contents.graph, inputs);
}

/// The first four numbers of each output of the self-test, as they stand in `kAnswers`.
std::string answers_text(const ModelContents& contents) {
  std::ostringstream text;
  text << std::setprecision(8);
  for (const std::vector<float>& output : contents.self_test.value().outputs) {
    text << '{';
    for (std::size_t i = 0; i < std::min<std::size_t>(output.size(), 4); ++i) {
      text << (i == 0 ? "" : ", ") << output[i];
    }
    text << "}, ";
  }
  return text.str();
}

void expect_answers(const ModelContents& contents,
                    const std::vector<std::vector<float>>& first_numbers) {
  const SelfTest& test = contents.self_test.value();
  const auto outputs = answers_to_self_test(contents);
  ASSERT_EQ(outputs.size(), test.outputs.size());
  ASSERT_EQ(outputs.size(), first_numbers.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    SCOPED_TRACE("output " + std::to_string(i));
    const float allowed = test.tolerance * largest(test.outputs[i]);
    EXPECT_THAT(outputs[i].data, Pointwise(FloatNear(allowed), test.outputs[i]));
    ASSERT_LE(first_numbers[i].size(), outputs[i].data.size());
    const std::vector<float> first(
        outputs[i].data.begin(),
        outputs[i].data.begin() + static_cast<std::ptrdiff_t>(first_numbers[i].size()));
    EXPECT_THAT(first, Pointwise(FloatNear(allowed), first_numbers[i]));
  }
}

// Whoever raises kFormatVersion keeps a file of it: tests/data/README.md says how it is made.
TEST(ReleasedFiles, EveryVersionHasAFileThatNeedsIt) {
  for (std::uint32_t version = 1; version <= format::kFormatVersion; ++version) {
    const std::vector<fs::path> files = files_of(version);
    EXPECT_FALSE(files.empty()) << "no file in " << folder_of(version);
    for (const fs::path& file : files) {
      EXPECT_EQ(header_of(file).format_version, version) << file;
      EXPECT_EQ(header_of(file).minimum_reader, version) << file;
    }
  }
}

TEST(ReleasedFiles, EveryFileComputesWhatItDid) {
  std::size_t count = 0;
  for (std::uint32_t version = 1; version <= format::kFormatVersion; ++version) {
    for (const fs::path& file : files_of(version)) {
      const std::string name = folder_of(version).filename() / file.filename();
      SCOPED_TRACE(name);
      const ModelContents contents = read_model(file);
      ASSERT_TRUE(contents.self_test);
      EXPECT_TRUE(kAnswers.contains(name)) << "it answers " << answers_text(contents);
      if (!kAnswers.contains(name)) continue;
      expect_answers(contents, kAnswers.at(name));
      ++count;
    }
  }
  EXPECT_EQ(count, kAnswers.size()) << "files are missing";
}

TEST(ReleasedFiles, Version1KeepsAllItsContents) {
  const ModelContents contents = read_model(folder_of(1) / "sample.ockham");
  const Graph& graph = contents.graph;
  EXPECT_EQ(graph.name, "sample");
  EXPECT_THAT(operators_of(graph), ElementsAre("conv2d", "batch_norm", "relu", "conv2d", "add",
                                               "max_pool", "flatten", "linear"));
  ASSERT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.value(graph.inputs[0]).shape, (Shape{Shape::kBatch, 1, 6, 6}));
  EXPECT_EQ(graph.value(graph.outputs.at(0)).shape, (Shape{Shape::kBatch, 3}));
  EXPECT_THAT(graph.value(graph.find_value("bn1.variance")).constant.floats,
              ElementsAre(1.25f, 0.5f));

  ASSERT_EQ(contents.preprocessing.size(), 1u);
  EXPECT_EQ(contents.preprocessing[0].scale, 1.0f / 255.0f);
  EXPECT_THAT(contents.preprocessing[0].mean, ElementsAre(0.25f));
  EXPECT_THAT(contents.preprocessing[0].standard_deviation, ElementsAre(0.5f));

  EXPECT_EQ(contents.provenance.get("method"), "group-ard");
  EXPECT_EQ(contents.provenance.get("settings"), "{\"note\": \"two\nlines, \xC3\xA9\"}");
  ASSERT_EQ(contents.provenance.layers.size(), 2u);
  EXPECT_EQ(contents.provenance.layers[0].layer, "conv1");
  EXPECT_EQ(contents.provenance.layers[0].dense_width, 4);
  EXPECT_EQ(contents.provenance.layers[0].width, 2);
  EXPECT_THAT(contents.provenance.layers[0].relevance, ElementsAre(-2.5f, 4.0f, 3.5f, -1.0f));
}

}  // namespace
}  // namespace ockham::tests
