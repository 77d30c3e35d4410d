// The built-in networks: what they cost says whether they are what their names promise.
#include "training/networks/networks.h"

#include <gtest/gtest.h>

#include "runtime/graph/cost.h"
#include "runtime/graph/validate.h"

namespace ockham::training::test {
namespace {

NodeCost cost_of(const std::string& name) {
  const Graph graph = make_network(name, {1, 28, 28}, 10, 1);
  validate(graph);
  EXPECT_EQ(graph.name, name);
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Shape{Shape::kBatch, 10}));
  return cost(graph).total;
}

TEST(Networks, CostWhatTheirNamesPromise) {
  EXPECT_EQ(cost_of("lenet5").macs, 2'293'000);
  EXPECT_EQ(cost_of("lenet-300-100").params, 784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10);
  EXPECT_EQ(cost_of("lenet-500-300").params, 784 * 500 + 500 + 500 * 300 + 300 + 300 * 10 + 10);
}

}  // namespace
}  // namespace ockham::training::test
