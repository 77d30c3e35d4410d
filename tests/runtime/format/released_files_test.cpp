// Files of released formats load for ever. Do not change a file under tests/data, nor what is
// expected of it here.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "runtime/format/model_file.h"
#include "runtime/reference/reference.h"

namespace ockham::tests {
namespace {

using ::testing::ElementsAre;

ModelContents released(const std::string& name) {
  return read_model(std::string(OCKHAM_TEST_DATA) + "/" + name);
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

void expect_self_test_passes(const ModelContents& contents) {
  ASSERT_TRUE(contents.self_test);
  const SelfTest& test = *contents.self_test;
  std::vector<reference::Tensor<float>> inputs;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const Shape& shape = contents.graph.value(contents.graph.inputs[i]).shape;
    inputs.push_back({shape.with_batch(test.batch), test.inputs[i]});
  }
  const auto outputs = reference::run<float>(contents.graph, inputs);
  ASSERT_EQ(outputs.size(), test.outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    ASSERT_GT(largest(test.outputs[i]), 0.0f);
    const float allowed = test.tolerance * largest(test.outputs[i]);
    EXPECT_THAT(outputs[i].data, testing::Pointwise(testing::FloatNear(allowed), test.outputs[i]));
  }
}

TEST(ReleasedFiles, Version1Loads) {
  const ModelContents contents = released("v1/sample.ockham");
  const Graph& graph = contents.graph;
  EXPECT_EQ(graph.name, "sample");
  EXPECT_THAT(operators_of(graph), ElementsAre("conv2d", "batch_norm", "relu", "conv2d", "add",
                                               "max_pool", "flatten", "linear"));
  ASSERT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.value(graph.inputs[0]).shape, (Shape{Shape::kBatch, 1, 6, 6}));
  EXPECT_EQ(graph.value(graph.outputs.at(0)).shape, (Shape{Shape::kBatch, 3}));
  EXPECT_THAT(graph.value(graph.find_value("bn1.variance")).constant.floats,
              ElementsAre(1.25f, 0.5f));

  ASSERT_EQ(contents.preparation.size(), 1u);
  EXPECT_EQ(contents.preparation[0].scale, 1.0f / 255.0f);
  EXPECT_THAT(contents.preparation[0].mean, ElementsAre(0.25f));
  EXPECT_THAT(contents.preparation[0].deviation, ElementsAre(0.5f));

  EXPECT_EQ(contents.provenance.get("method"), "group-ard");
  EXPECT_EQ(contents.provenance.get("settings"), "{\"note\": \"two\nlines, \xC3\xA9\"}");
  ASSERT_EQ(contents.provenance.layers.size(), 2u);
  EXPECT_EQ(contents.provenance.layers[0].layer, "conv1");
  EXPECT_EQ(contents.provenance.layers[0].dense_width, 4);
  EXPECT_EQ(contents.provenance.layers[0].width, 2);
  EXPECT_THAT(contents.provenance.layers[0].relevance, ElementsAre(-2.5f, 4.0f, 3.5f, -1.0f));
}

TEST(ReleasedFiles, Version1PassesItsSelfTest) {
  expect_self_test_passes(released("v1/sample.ockham"));
}

}  // namespace
}  // namespace ockham::tests
