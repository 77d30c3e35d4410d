#include "datasets/array_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"

namespace ockham::datasets {
namespace {

using testing::ElementsAre;

Graph graph_with_inputs(const std::vector<std::string>& names) {
  Graph graph;
  for (const std::string& name : names) graph.add_input(name, {Shape::kBatch, 3});
  return graph;
}

std::vector<std::string> assigned(const Graph& graph, const std::vector<std::string>& arguments) {
  return assign_files(arguments, graph, graph.inputs, "input");
}

TEST(ArrayFiles, BelongToTheirNames) {
  const Graph graph = graph_with_inputs({"left", "right"});
  EXPECT_THAT(assigned(graph, {"right=b.npy", "left=a=1.npy"}), ElementsAre("a=1.npy", "b.npy"));
}

TEST(ArrayFiles, BelongToTheLongestNameThatFits) {
  const Graph graph = graph_with_inputs({"x", "x=0"});
  EXPECT_THAT(assigned(graph, {"x=0=b.npy", "x=a.npy"}), ElementsAre("a.npy", "b.npy"));
  EXPECT_THAT(assigned(graph_with_inputs({"x=0"}), {"x=0=b.npy"}), ElementsAre("b.npy"));
  tests::expect_error(Status::kInvalidArgument, {"no file for input 'x=0'"},
                      [&] { assigned(graph, {"x=a.npy"}); });
}

}  // namespace
}  // namespace ockham::datasets
