// What tuning makes of measured times: here they are made up, so that nothing is a matter of luck.
#include "runtime/cpu/tuning.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/plan/planner.h"
#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"

namespace ockham::cpu {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPlatform = "Some CPU, some vectors";
constexpr std::int64_t kUsual = 1000;

/// Nanoseconds of a step, by what its kernel's name begins with; others take kUsual, reorders none.
using Times = std::map<std::string, std::int64_t>;

class CpuTuning : public testing::Test {
 protected:
  /// Says how long steps take, and counts runs.
  TimeSteps timed(Times times) {
    return [this, times = std::move(times)](Executor& executor, std::span<std::int64_t> step_ns) {
      ++runs;
      for (std::size_t i = 0; i < step_ns.size(); ++i) {
        const std::string& kernel = executor.plan().steps[i].kernel;
        const auto found = std::ranges::find_if(
            times, [&](const auto& time) { return kernel.starts_with(time.first); });
        const std::int64_t usual = executor.plan().steps[i].node < 0 ? 0 : kUsual;
        step_ns[i] = found == times.end() ? usual : found->second;
      }
    };
  }

  Choices tune(const Graph& graph, Times times, Candidates candidates = all_kernels()) {
    TuningCache cache(folder.path(), kPlatform);
    Choices choices = tuned_choices({.graph = graph}, candidates, cache, timed(std::move(times)));
    cache.save();
    notes = cache.notes();
    return choices;
  }

  /// The same without what was kept.
  Choices tune_anew(const Graph& graph, Times times, Candidates candidates = all_kernels()) {
    TuningCache cache({}, kPlatform);
    return tuned_choices({.graph = graph}, candidates, cache, timed(std::move(times)));
  }

  tests::TemporaryFolder folder;
  std::vector<std::string> notes;
  int runs = 0;
};

constexpr std::int64_t kN = Shape::kBatch;

/// Two convolutions that are alike, in an NHWC network; Winograd's transforms win by rule.
Graph wide_network() {
  tests::NetworkBuilder net(1);
  ValueId x = net.input("x", {kN, 24, 20, 20});
  for (const char* name : {"conv1", "conv2"}) x = net.conv(name, x, 24, {.kernel = 3, .pad = 1});
  return net.build(x);
}

/// One that is no multiple of a vector, between an input and an output in the graph's layout.
Graph narrow_network() {
  tests::NetworkBuilder net(1);
  return net.build(net.conv("conv", net.input("x", {kN, 3, 20, 20}), 5, {.kernel = 3, .pad = 1}));
}

std::vector<std::string> kernels(const Choices& choices) {
  std::vector<std::string> names;
  for (const auto& [node, choice] : choices.by_node) names.push_back(choice.candidate);
  return names;
}

TEST_F(CpuTuning, ChoosesWhatIsFastestForAllStepsThatAreAlike) {
  const Graph graph = wide_network();
  EXPECT_THAT(kernels(tune_anew(graph, {{"ockham:tiles", 300}})), Each("ockham:tiles"));
  EXPECT_THAT(kernels(tune_anew(graph, {{"ockham:planar", 300}})), Each("ockham:planar"));
  EXPECT_THAT(kernels(tune_anew(graph, {{"ockham:winograd", 300}})), Each("ockham:winograd"));
}

TEST_F(CpuTuning, ChoosesForEachNode) {
  EXPECT_THAT(tune_anew(wide_network(), {}).by_node,
              ElementsAre(testing::Key("conv1"), testing::Key("conv2")));
}

TEST_F(CpuTuning, SaysWhatEachTook) {
  const Choices choices = tune_anew(wide_network(), {{"ockham:planar", 610'000},
                                                     {"ockham:tiles", 41'000},
                                                     {"ockham:winograd", 53'240},
                                                     {"onednn", 900'000}});
  EXPECT_THAT(choices.by_node.at("conv1").reason,
              StartsWith("tuned: 41 us; ockham:winograd 53.2 us, "));
  EXPECT_THAT(choices.by_node.at("conv1").reason, HasSubstr("ockham:planar 610 us"));
}

TEST_F(CpuTuning, KeepsTheKernelByRuleWhereAnotherWinsByNoise) {
  EXPECT_THAT(kernels(tune_anew(wide_network(), {{"ockham:tiles", 980}})), Each("ockham:winograd"));
}

TEST_F(CpuTuning, CountsTheReordersThatAChoiceBrings) {
  const Graph graph = narrow_network();
  const Times cheap = {{"ockham:planar", 1000}, {"ockham:tiles", 700}, {"ockham:reorder", 10}};
  const Times dear = {{"ockham:planar", 1000}, {"ockham:tiles", 700}, {"ockham:reorder", 200}};
  EXPECT_THAT(kernels(tune_anew(graph, cheap)), ElementsAre("ockham:tiles"));
  EXPECT_THAT(kernels(tune_anew(graph, dear)), ElementsAre("ockham:planar"));
}

TEST_F(CpuTuning, TriesAKernelThatTakesThePoolAlong) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {kN, 24, 20, 20});
  const Graph graph =
      net.build(net.max_pool("pool", net.conv("conv", x, 24, {.kernel = 3, .pad = 1})));
  const Times times = {{"ockham:planar", 1500}};  // beside 1000 and a pool
  const PlanRequest request{.graph = graph, .choices = tune_anew(graph, times)};
  const ExecutionPlan plan = make_plan(request, all_kernels());
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].kernel, "ockham:planar");
  EXPECT_EQ(plan.steps[0].op, "conv2d+max_pool");
}

TEST_F(CpuTuning, NeverTriesTheReference) {
  for (const Graph& graph : {wide_network(), narrow_network(), tests::lenet5(1)}) {
    EXPECT_THAT(kernels(tune_anew(graph, {{"reference", 1}})), Not(testing::Contains("reference")));
  }
}

TEST_F(CpuTuning, NeverCopiesWindowsWhereOtherKernelsReadThemInPlace) {
  tests::NetworkBuilder net(1);
  const Graph depthwise = net.build(net.conv("conv", net.input("x", {kN, 24, 20, 20}), 24,
                                             {.kernel = 3, .pad = 1, .groups = 24}));
  for (const Graph& graph : {wide_network(), depthwise}) {
    EXPECT_THAT(kernels(tune_anew(graph, {{"ockham:im2col", 1}})),
                Not(testing::Contains("ockham:im2col")));
  }
}

TEST_F(CpuTuning, NeverTriesWhatIsNotExactAmongExactKernels) {
  const Times times = {{"ockham:winograd", 1}};
  EXPECT_THAT(kernels(tune_anew(wide_network(), times)), Each("ockham:winograd"));
  EXPECT_THAT(kernels(tune_anew(wide_network(), times, exact_kernels())),
              Each(Not("ockham:winograd")));
}

TEST_F(CpuTuning, HasNothingToMeasureWhereThereIsNothingToChoose) {
  EXPECT_THAT(kernels(tune(wide_network(), {}, reference_kernels())), IsEmpty());
  EXPECT_EQ(runs, 0);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(CpuTuning, LeavesOutWhatExceedsTheMemoryLimit) {
  const Graph graph = wide_network();
  const Candidates candidates = exact_kernels();
  PackedWeights weights;
  const SessionMemory needed = make_executor({.graph = graph}, candidates, weights)->memory();
  TuningCache cache({}, kPlatform);
  const PlanRequest tight{.graph = graph, .memory_limit = needed.arena + needed.packed};
  const Choices choices = tuned_choices(tight, candidates, cache, timed({{"ockham:planar", 1}}));
  EXPECT_NO_THROW(
      make_executor({.graph = graph, .memory_limit = tight.memory_limit, .choices = choices},
                    candidates, weights));
}

// ---- What is kept ------------------------------------------------------------------------------

TEST_F(CpuTuning, MeasuresNothingThatIsKnown) {
  const Graph graph = wide_network();
  const Choices first = tune(graph, {{"ockham:tiles", 300}});
  EXPECT_GT(std::exchange(runs, 0), 0);
  EXPECT_THAT(first.notes, ElementsAre(StartsWith("tuning took ")));
  const Choices second = tune(graph, {{"ockham:planar", 300}});
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(kernels(second), kernels(first));
  EXPECT_EQ(second.by_node.at("conv1").reason, first.by_node.at("conv1").reason);
  EXPECT_THAT(second.notes, IsEmpty());
  EXPECT_THAT(notes, ElementsAre(HasSubstr("0 measured, 1 known")));
}

TEST_F(CpuTuning, KnowsNetworksOfOtherWeightsAndNames) {
  tune(tests::lenet5(1), {});
  runs = 0;
  tune(tests::lenet5(2), {});
  EXPECT_EQ(runs, 0);
}

TEST_F(CpuTuning, MeasuresAnewForWhateverTimesDependOn) {
  const Graph graph = wide_network();
  tune(graph, {});
  const auto measures = [&](const PlanRequest& request, Candidates candidates = all_kernels()) {
    runs = 0;
    TuningCache cache(folder.path(), kPlatform);
    tuned_choices(request, candidates, cache, timed({}));
    return runs > 0;
  };
  EXPECT_FALSE(measures({.graph = graph}));
  EXPECT_TRUE(measures({.graph = graph, .max_batch = 2}));
  EXPECT_TRUE(measures({.graph = graph, .threads = 2}));
  EXPECT_TRUE(measures({.graph = graph, .precision = Precision::kBfloat16}));
  EXPECT_TRUE(measures({.graph = graph}, exact_kernels()));
  EXPECT_TRUE(measures({.graph = narrow_network()}));
}

/// The keys in the file of a cache.
std::vector<std::string> keys(const std::filesystem::path& file) {
  std::vector<std::string> found;
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos) found.push_back(line.substr(0, tab));
  }
  return found;
}

TEST_F(CpuTuning, MeasuresAnewWhatItDoesNotUnderstand) {
  const Graph graph = wide_network();
  tune(graph, {});
  const std::vector<std::string> known = keys(TuningCache(folder.path(), kPlatform).file());
  ASSERT_EQ(known.size(), 1u);
  for (const char* choice :
       {"", "ockham:tiles", "ockham:unknown tuned: 1 us", "reference tuned: 1 us"}) {
    SCOPED_TRACE(choice);
    TuningCache cache({}, kPlatform);
    cache.add(known[0], choice);
    runs = 0;
    const Choices choices =
        tuned_choices({.graph = graph}, all_kernels(), cache, timed({{"ockham:planar", 300}}));
    EXPECT_GT(runs, 0);
    EXPECT_THAT(kernels(choices), Each("ockham:planar"));
  }
}

}  // namespace
}  // namespace ockham::cpu
