// ockham-bench-operators: every case has the right answer, so that every case is timed.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cases/operator_cases.h"
#include "tests/cases/program.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::tests {
namespace {

using Json = nlohmann::json;

Json run_benchmarks(const std::string& arguments) {
  TemporaryFolder folder;
  const Outcome outcome = run_program(
      OCKHAM_BENCH_OPERATORS_PROGRAM,
      arguments + " --benchmark_min_time=0.0001 --benchmark_format=json", folder.path());
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  return Json::parse(outcome.output, nullptr, false);
}

TEST(OperatorsProgram, TimesEveryCaseOfTheTestsAndFindsNoneWrong) {
  const Json json = run_benchmarks("");
  std::set<std::string> names;
  for (const Json& entry : json["benchmarks"]) {
    EXPECT_FALSE(entry.value("error_occurred", false))
        << entry["name"] << ": " << entry.value("error_message", "");
    names.insert(entry["name"]);
  }
  for (const OperatorCase& problem : operator_cases()) {
    EXPECT_TRUE(names.contains(problem.name + "/batch:1")) << problem.name;
  }
}

TEST(OperatorsProgram, TimesLenetDenseAndPruned) {
  const Json json = run_benchmarks("--benchmark_filter=lenet_.*_conv2/batch:1$");
  ASSERT_EQ(json["benchmarks"].size(), 2u);
  EXPECT_EQ(json["benchmarks"][0]["name"], "lenet_dense_conv2/batch:1");
  EXPECT_EQ(json["benchmarks"][1]["name"], "lenet_pruned_conv2/batch:1");
  EXPECT_GT(json["benchmarks"][0]["MAC/s"], 0.0);
}

TEST(OperatorsProgram, RefusesUnknownOptions) {
  TemporaryFolder folder;
  EXPECT_EQ(run_program(OCKHAM_BENCH_OPERATORS_PROGRAM, "--fast", folder.path()).status, 2);
}

}  // namespace
}  // namespace ockham::tests
