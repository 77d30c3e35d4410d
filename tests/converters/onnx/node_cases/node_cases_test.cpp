// ONNX's own tests of single operators pass, or are refused with a reason.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "tests/cases/temporary_folder.h"
#include "tests/converters/onnx/node_cases/node_cases.h"

namespace ockham::converters::tests {
namespace {

class NodeCases : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = node_case_folder();
    if (folder_.empty()) GTEST_SKIP() << "the Debian package libonnx-testdata is not installed";
    cases_ = run_node_cases(folder_);
    ASSERT_GT(cases_.size(), 700u);
  }

  std::filesystem::path folder_;
  std::vector<NodeCase> cases_;
};

std::string page() {
  std::ostringstream text;
  text << std::ifstream(OCKHAM_ONNX_PAGE).rdbuf();
  return text.str();
}

/// "1.12.0-2" in "932 tests of libonnx-testdata 1.12.0-2: 44 passed"; empty when the page lacks it.
std::string version_of_page() {
  std::smatch found;
  const std::string text = page();
  std::regex_search(text, found, std::regex("tests of libonnx-testdata ([^ ]+): "));
  return found[1];
}

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
  const std::string made_with = version_of_page(), version = node_case_version(folder_);
  ASSERT_FALSE(made_with.empty()) << OCKHAM_ONNX_PAGE << " does not say which tests it is of";
  if (version != made_with) {
    GTEST_SKIP() << "the page was made with libonnx-testdata " << made_with << ", here is "
                 << (version.empty() ? "an unknown version" : version);
  }
  EXPECT_NE(page().find(node_case_table(cases_, version)), std::string::npos)
      << "put into " << OCKHAM_ONNX_PAGE << " what write_node_case_table prints";
}

TEST(NodeCaseVersion, IsThatOfTheChangelogBesideTheData) {
  const ockham::tests::TemporaryFolder root;
  const auto data = root.path() / "share/libonnx-testdata/data/node";
  const auto doc = root.path() / "share/doc/libonnx-testdata";
  std::filesystem::create_directories(data);
  std::filesystem::create_directories(doc);
  EXPECT_EQ(node_case_version(data), "");
  // zlib reads what is not compressed as it is.
  std::ofstream(doc / "changelog.Debian.gz") << "onnx (1.2.3-4) unstable; urgency=low\n";
  EXPECT_EQ(node_case_version(data), "1.2.3-4");
}

}  // namespace
}  // namespace ockham::converters::tests
