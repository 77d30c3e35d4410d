#include "tests/runtime/format/expect_equal.h"

#include <gmock/gmock.h>

namespace ockham::tests {
namespace {

using ::testing::ElementsAreArray;

void expect_equal(const Value& found, const Value& expected) {
  EXPECT_EQ(found.name, expected.name);
  EXPECT_EQ(found.type, expected.type);
  EXPECT_EQ(found.shape, expected.shape);
  EXPECT_EQ(found.is_constant, expected.is_constant);
  EXPECT_THAT(found.constant.floats, ElementsAreArray(expected.constant.floats));
}

void expect_equal(const Node& found, const Node& expected) {
  EXPECT_EQ(found.name, expected.name);
  EXPECT_EQ(found.op, expected.op);
  EXPECT_EQ(found.inputs, expected.inputs);
  EXPECT_EQ(found.outputs, expected.outputs);
}

void expect_equal(const InputPreprocessing& found, const InputPreprocessing& expected) {
  EXPECT_EQ(found.scale, expected.scale);
  EXPECT_EQ(found.mean, expected.mean);
  EXPECT_EQ(found.standard_deviation, expected.standard_deviation);
}

void expect_equal(const SelfTest& found, const SelfTest& expected) {
  EXPECT_EQ(found.batch, expected.batch);
  EXPECT_EQ(found.inputs, expected.inputs);
  EXPECT_EQ(found.outputs, expected.outputs);
  EXPECT_EQ(found.tolerance, expected.tolerance);
  EXPECT_EQ(found.allowed, expected.allowed);
}

void expect_equal(const LayerHistory& found, const LayerHistory& expected) {
  EXPECT_EQ(found.layer, expected.layer);
  EXPECT_EQ(found.dense_width, expected.dense_width);
  EXPECT_EQ(found.width, expected.width);
  EXPECT_EQ(found.reason, expected.reason);
  EXPECT_EQ(found.relevance, expected.relevance);
  EXPECT_EQ(found.threshold, expected.threshold);
  EXPECT_EQ(found.mean, expected.mean);
  EXPECT_EQ(found.standard_deviation, expected.standard_deviation);
}

template <class T>
void expect_equal(const std::vector<T>& found, const std::vector<T>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(i);
    expect_equal(found[i], expected[i]);
  }
}

}  // namespace

void expect_equal(const Graph& found, const Graph& expected) {
  EXPECT_EQ(found.name, expected.name);
  expect_equal(found.values, expected.values);
  expect_equal(found.nodes, expected.nodes);
  EXPECT_EQ(found.inputs, expected.inputs);
  EXPECT_EQ(found.outputs, expected.outputs);
}

void expect_equal(const ModelContents& found, const ModelContents& expected) {
  expect_equal(found.graph, expected.graph);
  expect_equal(found.preprocessing, expected.preprocessing);
  ASSERT_EQ(found.self_test.has_value(), expected.self_test.has_value());
  if (expected.self_test) expect_equal(*found.self_test, *expected.self_test);
  EXPECT_EQ(found.provenance.entries, expected.provenance.entries);
  expect_equal(found.provenance.layers, expected.provenance.layers);
}

}  // namespace ockham::tests
