// Tuning on the device, and what a cache spares it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "runtime/cuda/platform.h"
#include "runtime/tuning/tuning_cache.h"
#include "tests/cases/environment_value.h"
#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/cuda/device.h"

namespace ockham::cuda {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// No test of this program touches the user's cache.
class NoCache : public testing::Environment {
 public:
  void SetUp() override { ::setenv("OCKHAM_CACHE_DIR", "", 1); }
};
const auto* const kNoCache = testing::AddGlobalTestEnvironment(new NoCache);

constexpr std::int64_t kMaxBatch = 5;

class Tuning : public testing::TestWithParam<Precision> {
 protected:
  std::unique_ptr<Executor> executor(bool tune = true) const {
    return make_executor({.plan = {.graph = graph, .max_batch = kMaxBatch, .precision = GetParam()},
                          .may_walk = false,
                          .tune = tune});
  }

  std::filesystem::path file() const { return TuningCache(folder.path(), platform()).file(); }

  /// Expects an executor that computes what the reference does.
  void expect_right(Executor& executor) const {
    for (const std::int64_t batch : {std::int64_t{1}, kMaxBatch}) {
      const Arrays inputs = random_inputs(graph, batch);
      const auto expected = run_reference<double>(graph, batch, inputs);
      EXPECT_LE(relative_difference(run(executor, graph, batch, inputs)[0], expected[0]),
                10.0 * tolerance_of(GetParam()));
    }
  }

  Graph graph = tests::residual_network(1);
  tests::TemporaryFolder folder;
  tests::EnvironmentValue chosen{"OCKHAM_CACHE_DIR", folder.path().c_str()};
};

std::vector<std::string> kernels(const Executor& executor) {
  std::vector<std::string> names;
  for (const PlanStep& step : executor.plan().steps) names.push_back(step.kernel);
  return names;
}

/// Lines of the file between its head and its checksum, as keys and choices.
ChoicesByKey choices_in(const std::filesystem::path& file) {
  ChoicesByKey choices;
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);) {
    const std::size_t between = line.find('\t');
    if (between != std::string::npos) choices[line.substr(0, between)] = line.substr(between + 1);
  }
  return choices;
}

std::string counts(std::size_t measured, std::size_t known) {
  return "tuning: " + std::to_string(measured) + " measured, " + std::to_string(known) + " known";
}

TEST_P(Tuning, MeasuresNothingTheSecondTime) {
  OCKHAM_NEEDS_DEVICE();
  const auto first = executor();
  const std::size_t measured = choices_in(file()).size();
  EXPECT_GT(measured, 0u);
  EXPECT_THAT(first->plan().notes, ElementsAre(HasSubstr(counts(measured, 0))));

  const auto second = executor();
  EXPECT_THAT(second->plan().notes, ElementsAre(HasSubstr(counts(0, measured))));
  EXPECT_EQ(kernels(*second), kernels(*first));
  EXPECT_EQ(second->plan().arena_bytes, first->plan().arena_bytes);
  for (std::int64_t batch = 1; batch <= kMaxBatch; ++batch) {
    const Arrays inputs = random_inputs(graph, batch);
    EXPECT_EQ(run(*second, graph, batch, inputs), run(*first, graph, batch, inputs));
  }
  expect_right(*second);
}

TEST_P(Tuning, GoesOnWithoutADamagedFile) {
  OCKHAM_NEEDS_DEVICE();
  std::ofstream(file()) << "damaged";
  const auto first = executor();
  EXPECT_THAT(first->plan().notes, ElementsAre(HasSubstr("tuning uses no earlier results"),
                                               HasSubstr(" measured, 0 known")));
  expect_right(*first);
  EXPECT_THAT(executor()->plan().notes, ElementsAre(HasSubstr("tuning: 0 measured")));
}

TEST_P(Tuning, MeasuresAnewWhatCannotBeRestored) {
  OCKHAM_NEEDS_DEVICE();
  executor();
  const ChoicesByKey choices = choices_in(file());
  for (const char* const choice : {"fused no such plan", "alone no such plan", "00", ""}) {
    SCOPED_TRACE(choice);
    TuningCache spoilt(folder.path(), platform());
    for (const auto& [key, good] : choices) spoilt.add(key, choice);
    spoilt.save();
    const auto found = executor();
    EXPECT_THAT(found->plan().notes, ElementsAre(HasSubstr(counts(choices.size(), 0))));
    expect_right(*found);
  }
}

TEST_P(Tuning, KeepsNothingWhereNothingIsWanted) {
  OCKHAM_NEEDS_DEVICE();
  const tests::EnvironmentValue none("OCKHAM_CACHE_DIR", "");
  EXPECT_THAT(executor()->plan().notes, ElementsAre(HasSubstr(" measured, not kept")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_P(Tuning, ConcernsNoSessionThatDoesNotTune) {
  OCKHAM_NEEDS_DEVICE();
  const auto before = kernels(*executor(false));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  executor();
  const auto untuned = executor(false);
  EXPECT_EQ(kernels(*untuned), before);
  EXPECT_THAT(untuned->plan().notes, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Precisions, Tuning,
                         testing::Values(Precision::kFloat32, Precision::kFloat16),
                         [](const testing::TestParamInfo<Precision>& test) {
                           return std::string(name_of(test.param));
                         });

}  // namespace
}  // namespace ockham::cuda
