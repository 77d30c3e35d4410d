#include "converters/pruning/plan_dot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "converters/pruning/compact.h"
#include "converters/pruning/fold_batch_norm.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string dot_of(const Graph& graph) {
  Explained plan = explained(graph);
  fold_batch_norms(plan.compacted.graph, plan.compacted.exact);
  return plan_dot(graph, plan.plan, plan.explanation, plan.compacted.graph);
}

/// The one line that has all of `parts`; "" and a failure: there is none, or more.
std::string line_with(const std::string& text, const std::vector<std::string>& parts) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    const bool has_all = std::ranges::all_of(
        parts, [&](const std::string& part) { return line.find(part) != std::string::npos; });
    if (!has_all) continue;
    EXPECT_EQ(found, "");
    found = line;
  }
  EXPECT_NE(found, "");
  return found;
}

std::string attribute(const std::string& line, const std::string& name) {
  const std::size_t start = line.find(" " + name + "=\"");
  const std::size_t from = line.find('"', start) + 1;
  return start == std::string::npos ? "" : line.substr(from, line.find('"', from) - from);
}

std::string colour_of(const std::string& dot, const std::string& node) {
  return attribute(line_with(dot, {"label=\"" + node + "\\l", "penwidth"}), "color");
}

/// Text with each quoted string left out; a failure when a quote is left open.
std::string without_strings(const std::string& dot) {
  std::string rest;
  bool quoted = false;
  for (std::size_t i = 0; i < dot.size(); ++i) {
    if (quoted && dot[i] == '\\') {
      ++i;
    } else if (dot[i] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      rest += dot[i];
    }
  }
  EXPECT_FALSE(quoted);
  return rest;
}

TEST(PlanDot, NodesSayTheirWidthsEdgesTheirShapes) {
  Graph graph = tests::lenet5(1);
  tests::zero_filters(graph, "conv1", {0, 5});
  const std::string dot = dot_of(graph);
  EXPECT_THAT(line_with(dot, {"label=\"conv1\\l"}),
              AllOf(HasSubstr("conv2d"), HasSubstr("inputs 1\\l"), HasSubstr("width 20 -> 18\\l"),
                    HasSubstr("2 filters are zero"), HasSubstr("penwidth=4")));
  EXPECT_THAT(line_with(dot, {"label=\"fc2\\l"}),
              AllOf(HasSubstr("width 10\\l"), HasSubstr("penwidth=1")));
  EXPECT_THAT(dot, HasSubstr("[N, 20 -> 18, 24, 24]"));
}

TEST(PlanDot, AGroupHasOneColourAndItsMembersAreListed) {
  const std::string dot = dot_of(tests::residual_network(1));
  const std::string colour = colour_of(dot, "conv0");
  EXPECT_EQ(colour_of(dot, "conv2"), colour) << "coupled through the add";
  EXPECT_EQ(colour_of(dot, "add"), colour);
  EXPECT_NE(colour_of(dot, "conv1"), colour);
  EXPECT_THAT(line_with(dot, {"label=\"conv2\\l"}), HasSubstr("fillcolor=\"#FFFFFF\""));
  EXPECT_THAT(line_with(dot, {"label=\"add\\l"}), HasSubstr("fillcolor=\"" + colour + "40\""));
  EXPECT_THAT(line_with(dot, {"conv0: 8 of 8 channels stay"}),
              AllOf(HasSubstr("made by conv0, conv2\\l"), HasSubstr("read by conv1")));
  EXPECT_THAT(line_with(dot, {"fc: 5 of 5"}), HasSubstr("may not be cut: output of the network"));
}

TEST(PlanDot, WhatIsFoldedAwayIsDashed) {
  const std::string dot = dot_of(tests::residual_network(1));
  EXPECT_THAT(line_with(dot, {"label=\"bn1\\l"}),
              AllOf(HasSubstr("dashed"), HasSubstr("folded away")));
  EXPECT_THAT(line_with(dot, {"label=\"conv1\\l"}), Not(HasSubstr("dashed")));
}

TEST(PlanDot, NamesCannotLeaveTheirStrings) {
  tests::NetworkBuilder net(3);
  const ValueId x = net.input("x\"];evil", {Shape::kBatch, 1, 6, 6});
  Graph graph = net.build(net.conv("\\\"]; evil -> \\N\n&lt;\x01 <b>", x, 2, {}));
  graph.name = "\\";
  const std::string dot = dot_of(graph);
  EXPECT_THAT(without_strings(dot), Not(HasSubstr("evil")));
  EXPECT_THAT(dot, HasSubstr(R"(label="\\\"]; evil -> \\N &amp;lt;  <b>\l)"));
}

TEST(PlanDot, RandomNetworksAreClosedText) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::string rest = without_strings(dot_of(tests::random_network(seed)));
    EXPECT_EQ(std::ranges::count(rest, '{'), std::ranges::count(rest, '}')) << seed;
    EXPECT_EQ(std::ranges::count(rest, '['), std::ranges::count(rest, ']')) << seed;
  }
}

}  // namespace
}  // namespace ockham::converters
