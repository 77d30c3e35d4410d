// Sessions that tune on the CPU: right answers, a file, and what may be wrong with that.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "runtime/session/session.h"
#include "tests/cases/environment_value.h"
#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TunedSession : public testing::Test {
 protected:
  /// The one file in the folder of what was found.
  fs::path file() const {
    const fs::directory_iterator files(folder.path());
    return files == fs::directory_iterator() ? fs::path() : files->path();
  }

  tests::TemporaryFolder folder;
  tests::EnvironmentValue chosen{"OCKHAM_CACHE_DIR", folder.path().c_str()};
  std::shared_ptr<const Model> model = model_of(tests::residual_network(1));
};

TEST_F(TunedSession, AnswersAsTheReferenceDoes) {
  for (const int threads : {1, 2}) {
    Session session(model, {.max_batch = 3, .threads = threads, .tune = true});
    for (const std::int64_t batch : {1, 3}) {
      const Arrays inputs = random_inputs(model->graph(), batch);
      const auto expected = run_reference<double>(model->graph(), batch, inputs);
      EXPECT_LE(relative_difference(run(session, batch, inputs)[0], expected[0]), 1e-5);
    }
  }
}

TEST_F(TunedSession, IsFollowedByOneThatMeasuresNothing) {
  const Session first(model, {.tune = true});
  EXPECT_THAT(first.plan().notes,
              Contains(HasSubstr("measured, 0 known from '" + file().string())));
  const Session second(model, {.tune = true});
  EXPECT_THAT(second.plan().notes, testing::ElementsAre(HasSubstr("tuning: 0 measured, ")));
  const auto choices_of = [&](const Session& session) {
    std::vector<std::string> choices;
    for (const PlanStep& step : session.plan().steps) {
      choices.push_back(step.kernel + " " + step.reason);
    }
    return choices;
  };
  EXPECT_EQ(choices_of(second), choices_of(first));
  EXPECT_THAT(choices_of(second), Contains(HasSubstr("tuned: ")));
}

TEST_F(TunedSession, LeavesNoWeightsOfOtherKernelsInTheModel) {
  const std::size_t packed = Session(model, {.tune = true}).memory().packed;
  const auto another = model_of(tests::residual_network(1));
  EXPECT_EQ(Session(another, {.tune = true}).memory().packed, packed);  // on the same kernels
}

TEST_F(TunedSession, DoesNotUseADamagedFile) {
  { const Session first(model, {.tune = true}); }
  ASSERT_FALSE(file().empty());
  std::ofstream(file(), std::ios::app) << "more\n";
  const Session second(model, {.tune = true});
  EXPECT_THAT(second.plan().notes, Contains(HasSubstr("tuning uses no earlier results")));
  EXPECT_THAT(second.plan().notes, Contains(HasSubstr("measured, 0 known")));
}

TEST_F(TunedSession, AloneTouchesTheFile) {
  const Session untuned(model, {});
  EXPECT_TRUE(file().empty());
  EXPECT_THAT(untuned.plan().notes, IsEmpty());
}

TEST_F(TunedSession, HasNothingToChooseAmongReferenceKernels) {
  const Session session(model, {.kernels = Kernels::kReference, .tune = true});
  EXPECT_THAT(session.plan().notes, IsEmpty());
  EXPECT_TRUE(file().empty());
}

/// Whole numbers, of which exact kernels make exact sums.
std::vector<float> whole_numbers(std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(i * 7 % 11) - 5.0f;
  return numbers;
}

// Winograd's transforms are far ahead here, but round, which the self-test does not allow.
TEST_F(TunedSession, FallsBackToExactKernels) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 24, 20, 20});
  const ValueId conv = net.conv("conv", x, 24, {.kernel = 3, .pad = 1, .bias = false});
  ModelContents contents{.graph = net.build(conv)};
  tests::set_elements(contents.graph, "conv.weight", whole_numbers(24 * 24 * 9));
  SelfTest test{.batch = 1, .inputs = {whole_numbers(24 * 20 * 20)}, .tolerance = 1e-9f};
  test.outputs = run_reference<float>(contents.graph, 1, test.inputs);
  contents.self_test = test;
  Session session(Model::from_contents(std::move(contents)), {.tune = true});
  EXPECT_THAT(session.plan().steps, Each(Field(&PlanStep::kernel, Not(HasSubstr("winograd")))));
  EXPECT_EQ(run(session, 1, test.inputs), test.outputs);
}

}  // namespace
}  // namespace ockham
