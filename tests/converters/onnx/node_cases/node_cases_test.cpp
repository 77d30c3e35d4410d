// ONNX's own tests of single operators pass, or are refused with a reason.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/converters/onnx/node_cases/node_cases.h"

namespace ockham::converters::tests {
namespace {

class NodeCases : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = node_case_folder();
    if (folder.empty()) GTEST_SKIP() << "the Debian package libonnx-testdata is not installed";
    cases_ = run_node_cases(folder);
    ASSERT_GT(cases_.size(), 700u);
  }

  std::vector<NodeCase> cases_;
};

TEST_F(NodeCases, PassOrAreRefusedWithAReason) {
  int passed = 0;
  for (const NodeCase& one : cases_) {
    EXPECT_NE(one.verdict, Verdict::kWrong) << one.name << ": " << one.text;
    if (one.verdict == Verdict::kRefused) {
      EXPECT_FALSE(one.text.empty()) << one.name;
    }
    passed += one.verdict == Verdict::kPassed ? 1 : 0;
  }
  EXPECT_GT(passed, 30) << "or the harness refuses everything";
}

TEST_F(NodeCases, StandInTheDocumentAsTheyCameOut) {
  std::ostringstream page;
  page << std::ifstream(OCKHAM_ONNX_PAGE).rdbuf();
  EXPECT_NE(page.str().find(node_case_table(cases_)), std::string::npos)
      << "put into " << OCKHAM_ONNX_PAGE << " what write_node_case_table prints";
}

}  // namespace
}  // namespace ockham::converters::tests
