// The texts of emitted networks.
#include "converters/emit_c/emit_c.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "converters/emit_c/c_text.h"
#include "converters/emit_c/identifiers.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

using testing::HasSubstr;
using testing::Not;

ModelContents contents_of(Graph graph) {
  ModelContents contents;
  contents.graph = std::move(graph);
  return contents;
}

TEST(EmitC, DeclaresWhatTheNetworkReadsAndWrites) {
  const EmittedC lenet = emit_c("LeNet-5", contents_of(tests::lenet5(1)));
  EXPECT_EQ(lenet.name, "lenet_5");
  EXPECT_THAT(lenet.header, HasSubstr("void lenet_5_run(const float* image, float* fc2);"));
  EXPECT_THAT(lenet.header, HasSubstr("void lenet_5_run_in(void* workspace, const float* image, "
                                      "float* fc2);"));
  EXPECT_THAT(lenet.header, HasSubstr("#define LENET_5_IMAGE_FLOATS 784\n"));
  EXPECT_THAT(lenet.header, HasSubstr("#define LENET_5_FC2_FLOATS 10\n"));
  EXPECT_THAT(lenet.source, HasSubstr("#include \"lenet_5.h\"\n"));
}

TEST(EmitC, NeedsNoMathWhereNoOperatorDoes) {
  EXPECT_THAT(emit_c("net", contents_of(tests::lenet5(1))).source, Not(HasSubstr("math.h")));
}

TEST(EmitC, SharesMemoryBetweenActivations) {
  const EmittedC lenet = emit_c("net", contents_of(tests::lenet5(1)));
  // 20 x 12 x 12 behind the first pool and 50 x 4 x 4 behind the second are in use together; the
  // 500 neurons lie where the former were.
  EXPECT_THAT(lenet.header, HasSubstr("#define NET_WORKSPACE_BYTES 14720\n"));
}

TEST(EmitC, IsTheSameEveryTime) {
  const EmittedC first = emit_c("net", contents_of(tests::residual_network(1)));
  const EmittedC second = emit_c("net", contents_of(tests::residual_network(1)));
  EXPECT_EQ(first.header, second.header);
  EXPECT_EQ(first.source, second.source);
}

void expect_sane_lines(const std::string& text) {
  constexpr std::size_t kLongestLine = 300;
  EXPECT_TRUE(
      std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kLongestLine) << line;
}

TEST(EmitC, IsAsciiInLinesOfSaneLength) {
  ModelContents contents = contents_of(tests::lenet5(1));
  contents.graph.name = std::string(10000, 'n') + "\xff";
  contents.graph.values[0].name = "\xc3\xa4\n";
  contents.graph.nodes[0].name = std::string(10000, '\\');
  const EmittedC emitted = emit_c("\xc3\xa4", contents);
  EXPECT_EQ(emitted.name, "net___");
  expect_sane_lines(emitted.header);
  expect_sane_lines(emitted.source);
}

TEST(EmitC, StatesPreprocessingAndProvenance) {
  ModelContents contents = contents_of(tests::lenet5(1));
  contents.preprocessing = {{.scale = 0.5f, .mean = {0.25f}, .standard_deviation = {2.0f}}};
  contents.provenance.set("data", "mnist */");
  const std::string header = emit_c("net", contents).header;
  EXPECT_THAT(header, HasSubstr("(byte * 0.5f - mean[c]) / standard_deviation[c]"));
  EXPECT_THAT(header, HasSubstr("mean: 0.25f\n"));
  EXPECT_THAT(header, HasSubstr("standard_deviation: 2.0f "));
  EXPECT_THAT(header, HasSubstr(" * data: mnist *?\n"));
}

TEST(EmitC, RefusesWhatAnIntCannotCount) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 1, 1 << 20, 1 << 20});
  graph.outputs = {graph.add_node("huge", Unary{}, {x})};
  tests::expect_error(Status::kUnsupported, {"value 'x'", "1099511627776", "1073741823"},
                      [&] { emit_c("net", contents_of(graph)); });
}

TEST(CText, LiteralsAreExactAndFloats) {
  EXPECT_EQ(c_code::literal(0.1f), "0.1f");
  EXPECT_EQ(c_code::literal(2.0f), "2.0f");
  EXPECT_EQ(c_code::literal(-0.0f), "-0.0f");
  EXPECT_EQ(c_code::literal(1e-9f), "1e-09f");
  EXPECT_EQ(c_code::literal(16777217.0f), "16777216.0f");
  EXPECT_EQ(c_code::literal(-std::numeric_limits<float>::infinity()), "-INFINITY");
  EXPECT_EQ(c_code::literal(std::numeric_limits<float>::quiet_NaN()), "NAN");
}

TEST(CText, CommentsCannotEndThemselves) {
  EXPECT_EQ(c_code::comment("a */ b"), "a *? b");
  EXPECT_EQ(c_code::comment("/* b"), "/? b");
  EXPECT_EQ(c_code::comment("a\\"), "a?");
  EXPECT_EQ(c_code::comment("a\nb"), "a?b");
  EXPECT_EQ(c_code::comment("?"
                            "?/"),
            "?/")
      << "a trigraph";
}

TEST(Identifiers, AreValidAndDifferent) {
  c_code::Identifiers names({"workspace"});
  EXPECT_EQ(names.add("x.1", "input"), "x_1");
  EXPECT_EQ(names.add("X:1", "input"), "x_1_2") << "macros are in capitals";
  EXPECT_EQ(names.add("x.1_2", "input"), "x_1_2_2");
  EXPECT_EQ(names.add("class", "input"), "class_") << "a word of C++, which reads the header";
  EXPECT_EQ(names.add("Int", "input"), "int_");
  EXPECT_EQ(names.add("workspace", "input"), "workspace_2");
  EXPECT_EQ(names.add("3", "input"), "input_3");
  EXPECT_EQ(names.add("_x", "input"), "input__x");
  EXPECT_EQ(names.add("", "output"), "output");
}

}  // namespace
}  // namespace ockham::converters
