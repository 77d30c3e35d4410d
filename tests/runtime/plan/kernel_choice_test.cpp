#include "runtime/plan/kernel_choice.h"

#include <gmock/gmock.h>

#include "runtime/plan/planner.h"
#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kN = Shape::kBatch;

bool takes_convolutions(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Conv2d>(computing_node(request.graph, step).op);
}
bool takes_nothing_fused(const PlanRequest&, const PlanStep& step) { return is_one_node(step); }

template <Rank rank>
Standing stands(const PlanRequest&, const PlanStep&) {
  return {rank};
}
Standing wins_small_ones(const PlanRequest&, const PlanStep& step) {
  if (step.macs < 1000) return {Rank::kPreferred, "small"};
  return {Rank::kFallback};
}

constexpr auto kRows = LayoutRule::kRowMajor;
constexpr Candidate kPooling = {.name = "pooling",
                                .reason = "takes pools",
                                .layout = kRows,
                                .supports = takes_convolutions,
                                .takes_pool = true,
                                .rule = stands<Rank::kOnRequest>};
constexpr Candidate kNaive = {.name = "naive",
                              .reason = "takes all",
                              .layout = kRows,
                              .supports = takes_nothing_fused,
                              .rule = stands<Rank::kLastResort>};
constexpr Candidate kSmall = {.name = "small",
                              .reason = "large",
                              .layout = kRows,
                              .supports = takes_convolutions,
                              .rule = wins_small_ones};
constexpr Candidate kUsual = {
    .name = "usual", .reason = "as usual", .layout = kRows, .supports = takes_convolutions};
constexpr const Candidate* kCandidates[] = {&kPooling, &kNaive, &kSmall, &kUsual};

/// A convolution of 9 * pixels MACs, and a pool.
Graph network(std::int64_t side) {
  tests::NetworkBuilder net(1);
  const ValueId image = net.input("image", {kN, 1, side, side});
  return net.build(net.max_pool("pool", net.conv("conv", image, 1, {.kernel = 3, .pad = 1})));
}

ExecutionPlan plan_of(const Graph& graph, Candidates candidates, Choices choices = {}) {
  return make_plan({.graph = graph, .choices = std::move(choices)}, candidates);
}

std::vector<std::string> steps_of(const ExecutionPlan& plan) {
  std::vector<std::string> steps;
  for (const PlanStep& step : plan.steps) {
    steps.push_back(step.kernel + " (" + step.reason + ") " + step.op);
  }
  return steps;
}

Choices choices(std::map<std::string, Choice> by_node) { return {.by_node = std::move(by_node)}; }

TEST(KernelChoice, IsTheFirstThatIsPreferred) {
  const std::string pool = "naive (takes all) max_pool";
  EXPECT_THAT(steps_of(plan_of(network(8), kCandidates)),
              ElementsAre("small (small) conv2d", pool));
  EXPECT_THAT(steps_of(plan_of(network(16), kCandidates)),
              ElementsAre("usual (as usual) conv2d", pool));
}

TEST(KernelChoice, FallsBackBeforeTheLastResort) {
  EXPECT_THAT(steps_of(plan_of(network(16), Candidates(kCandidates).first(3))),
              ElementsAre("small (large) conv2d", "naive (takes all) max_pool"));
}

TEST(KernelChoice, FollowsWhatWasChosenForANode) {
  const ExecutionPlan plan =
      plan_of(network(8), kCandidates, choices({{"conv", {"naive", "because"}}}));
  EXPECT_THAT(steps_of(plan), ElementsAre("naive (because) conv2d", "naive (takes all) max_pool"));
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(KernelChoice, FusesWhatTheChosenKernelTakes) {
  EXPECT_THAT(
      steps_of(plan_of(network(8), kCandidates, choices({{"conv", {"pooling", "asked for"}}}))),
      ElementsAre("pooling (asked for) conv2d+max_pool"));
}

TEST(KernelChoice, IsByRuleWhereTheChoiceCannotBeFollowed) {
  for (const char* kernel : {"usual", "no such kernel"}) {
    const ExecutionPlan plan =
        plan_of(network(8), kCandidates, choices({{"pool", {kernel, "asked for"}}}));
    EXPECT_THAT(steps_of(plan), ElementsAre("small (small) conv2d", "naive (takes all) max_pool"));
    EXPECT_THAT(plan.notes,
                ElementsAre(AllOf(HasSubstr("node 'pool' (max_pool)"), HasSubstr(kernel),
                                  HasSubstr("cannot run it"), HasSubstr("'naive'"))));
  }
}

TEST(KernelChoice, LooksAtNoOtherNodes) {
  const ExecutionPlan plan =
      plan_of(network(8), kCandidates, choices({{"elsewhere", {"usual", "asked for"}}}));
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(KernelChoice, KeepsTheNotesOfTheChoices) {
  EXPECT_THAT(plan_of(network(8), kCandidates, {.by_node = {}, .notes = {"a note"}}).notes,
              ElementsAre("a note"));
}

TEST(KernelChoice, AlternativesAreAllButTheLastResort) {
  const Graph graph = network(8);
  const PlanRequest request{.graph = graph};
  const auto of_node = [&](NodeId node) {
    return alternatives(request, kCandidates, step_of(graph, node));
  };
  EXPECT_THAT(of_node(0), ElementsAre(&kPooling, &kSmall, &kUsual));
  EXPECT_THAT(of_node(1), ElementsAre(&kNaive));
}

}  // namespace
}  // namespace ockham
