#include "runtime/plan/planner.h"

#include <gmock/gmock.h>

#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Where = Placement::Where;

constexpr std::int64_t kN = Shape::kBatch;
constexpr std::size_t kNoLimit = std::size_t{1} << 40;

template <class Op>
bool computes(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Op>(computing_node(request.graph, step).op);
}
bool is_one_node(const PlanRequest&, const PlanStep& step) {
  return step.batch_norm < 0 && step.activation < 0;
}
bool is_convolution_or_pool(const PlanRequest& request, const PlanStep& step) {
  return computes<Conv2d>(request, step) ||
         (computes<Pool2d>(request, step) && is_one_node(request, step));
}
bool is_linear_or_gather(const PlanRequest& request, const PlanStep& step) {
  return computes<Linear>(request, step) || computes<Gather>(request, step);
}
bool is_linear_gather_or_unary(const PlanRequest& request, const PlanStep& step) {
  return computes<Linear>(request, step) ||
         ((computes<Gather>(request, step) || computes<Unary>(request, step)) &&
          is_one_node(request, step));
}

// What a device could have: fast kernels with wishes, and one that takes everything.
constexpr Candidate kFast = {"fast", "fast over nhwc", LayoutRule::kChannelsLast,
                             is_convolution_or_pool};
constexpr Candidate kFlexible = {"flexible", "takes any layout", LayoutRule::kAny,
                                 is_linear_gather_or_unary, is_linear_or_gather};
constexpr Candidate kNaive = {"naive", "nothing else takes it", LayoutRule::kRowMajor, is_one_node};
constexpr const Candidate* kCandidates[] = {&kFast, &kFlexible, &kNaive};

ExecutionPlan plan_of(const Graph& graph, std::int64_t max_batch = 1) {
  ExecutionPlan plan = make_plan({.graph = graph, .max_batch = max_batch}, kCandidates);
  plan_memory(plan, graph, kNoLimit);
  return plan;
}

std::vector<std::string> steps_of(const ExecutionPlan& plan) {
  std::vector<std::string> steps;
  for (const PlanStep& step : plan.steps) steps.push_back(step.kernel + " " + step.op);
  return steps;
}

const Placement& written(const ExecutionPlan& plan, std::size_t step) {
  return plan.placements[plan.steps[step].writes];
}

class PlannerTest : public testing::Test {
 protected:
  tests::NetworkBuilder net{1};
  const tests::NetworkBuilder::ConvOptions same{.kernel = 3, .pad = 1};
};

TEST_F(PlannerTest, TakesTheFirstCandidateThatSupportsAStepAndSaysWhy) {
  const ValueId flat = net.input("features", {kN, 6});
  const Graph graph = net.build(net.batch_norm("bn", net.linear("fc", flat, 3)));
  EXPECT_THAT(steps_of(plan_of(graph)), ElementsAre("flexible linear+batch_norm"));
  EXPECT_EQ(plan_of(graph).steps[0].reason, "takes any layout");
  EXPECT_EQ(plan_of(graph).steps[0].candidate, 1u);
}

TEST_F(PlannerTest, TakesThePrecisionThatIsAskedFor) {
  const Graph graph = net.build(net.linear("fc", net.input("features", {kN, 6}), 3));
  EXPECT_EQ(plan_of(graph).precision, Precision::kFloat32);
  const ExecutionPlan plan =
      make_plan({.graph = graph, .precision = Precision::kFloat16}, kCandidates);
  EXPECT_EQ(plan.precision, Precision::kFloat16);
}

TEST_F(PlannerTest, RefusesAStepThatNoCandidateSupports) {
  const Graph graph = net.build(net.batch_norm("bn", net.input("image", {kN, 2, 3, 3})));
  tests::expect_error(Status::kUnsupported, {"node 'bn' (batch_norm)", "no kernel of this build"},
                      [&] { make_plan({.graph = graph}, Candidates(kCandidates).first(2)); });
}

TEST_F(PlannerTest, ReordersWhatComesInAndGoesOut) {
  const ValueId image = net.input("image", {kN, 3, 8, 8});
  const ExecutionPlan plan = plan_of(net.build(net.conv("conv", image, 4, same)));
  EXPECT_THAT(steps_of(plan), ElementsAre("ockham:reorder reorder nchw to nhwc", "fast conv2d",
                                          "ockham:reorder reorder nhwc to nchw"));
  EXPECT_EQ(plan.placements[plan.steps[0].reads[0]].where, Where::kInput);
  EXPECT_EQ(written(plan, 1).layout, Layout::kChannelsLast);
  EXPECT_EQ(written(plan, 2).where, Where::kOutput);
  EXPECT_EQ(plan.steps[0].node, -1);
}

TEST_F(PlannerTest, ReordersNothingWhereTheLayoutsAreTheSame) {
  const ValueId image = net.input("image", {kN, 1, 8, 8});          // one channel
  const ValueId conv = net.conv("conv1", image, 4, {.kernel = 8});  // one pixel
  const ExecutionPlan plan = plan_of(net.build(net.conv("conv2", conv, 3, {.kernel = 1})));
  EXPECT_THAT(steps_of(plan), ElementsAre("fast conv2d", "fast conv2d"));
  EXPECT_EQ(plan.placements[plan.steps[0].reads[0]].where, Where::kInput);
  EXPECT_EQ(written(plan, 1).where, Where::kOutput);
}

TEST_F(PlannerTest, KeepsTheLayoutBetweenKernelsAndThroughFlexibleOnes) {
  ValueId x = net.input("image", {kN, 1, 8, 8});
  x = net.max_pool("pool1", net.conv("conv", x, 4, same));
  x = net.max_pool("pool2", net.relu("relu", x));
  const ExecutionPlan plan = plan_of(net.build(net.linear("fc", net.flatten("flat", x), 2)));
  EXPECT_THAT(steps_of(plan), ElementsAre("fast conv2d", "fast max_pool", "flexible relu",
                                          "fast max_pool", "flexible linear"));
}

TEST_F(PlannerTest, ReordersNothingForAKernelThatBringsTheGraphsOrderAbout) {
  static constexpr Candidate kMover = {"mover", "from any layout", LayoutRule::kAnyToRowMajor,
                                       computes<Transpose>};
  static constexpr const Candidate* kMoverToo[] = {&kFast, &kMover};
  const ValueId x = net.input("x", {kN, 3, 8, 7});
  const Transpose pixels_first{{0, 2, 3, 1}};
  const Graph graph =
      net.build(net.graph().add_node("transpose", pixels_first, {net.conv("conv", x, 4, same)}));
  const ExecutionPlan plan = make_plan({.graph = graph}, kMoverToo);
  EXPECT_THAT(steps_of(plan),
              ElementsAre("ockham:reorder reorder nchw to nhwc", "fast conv2d", "mover transpose"));
  EXPECT_EQ(plan.placements[plan.steps[2].reads[0]].layout, Layout::kChannelsLast);
  EXPECT_EQ(written(plan, 2).where, Where::kOutput);
}

TEST_F(PlannerTest, FlattensForFreeBeforeLinearLayers) {
  const ValueId image = net.input("image", {kN, 1, 8, 8});
  const ValueId pool = net.max_pool("pool", net.conv("conv", image, 4, same));
  const ValueId flat = net.flatten("flat", pool);
  const Graph graph = net.build({net.linear("fc1", flat, 2), net.linear("fc2", flat, 3)});
  const ExecutionPlan plan = plan_of(graph);
  EXPECT_THAT(steps_of(plan),
              ElementsAre("fast conv2d", "fast max_pool", "flexible linear", "flexible linear"));
  EXPECT_EQ(plan.steps[2].inputs, std::vector<ValueId>{pool});
  EXPECT_EQ(plan.placements[plan.steps[2].reads[0]].layout, Layout::kChannelsLast);
}

TEST_F(PlannerTest, FlattensForFreeBeforeGathers) {
  const ValueId image = net.input("image", {kN, 1, 8, 8});
  const ValueId pool = net.max_pool("pool", net.conv("conv", image, 4, same));
  const ValueId picked = net.gather("gather", net.flatten("flat", pool), {3, 1, 60});
  const ExecutionPlan plan = plan_of(net.build(net.linear("fc", picked, 2)));
  EXPECT_THAT(steps_of(plan),
              ElementsAre("fast conv2d", "fast max_pool", "flexible gather", "flexible linear"));
  EXPECT_EQ(plan.steps[2].inputs, std::vector<ValueId>{pool});
  EXPECT_EQ(plan.placements[plan.steps[2].reads[0]].layout, Layout::kChannelsLast);
  EXPECT_EQ(written(plan, 2).layout, Layout::kRowMajor);
}

TEST_F(PlannerTest, FlattensInAStepWhereOthersRead) {
  const ValueId image = net.input("image", {kN, 1, 8, 8});
  const ValueId flat = net.flatten("flat", net.conv("conv", image, 4, same));
  const Graph graph = net.build(net.linear("fc", net.relu("relu", flat), 2));
  EXPECT_THAT(steps_of(plan_of(graph)),
              ElementsAre("fast conv2d", "ockham:reorder reorder nhwc to nchw", "naive flatten",
                          "flexible relu", "flexible linear"));
}

TEST_F(PlannerTest, ReordersAValueOnceForAllItsReaders) {
  const ValueId image = net.input("image", {kN, 3, 8, 8});
  const Graph graph =
      net.build({net.conv("conv1", image, 1, same), net.conv("conv2", image, 1, same)});
  EXPECT_THAT(steps_of(plan_of(graph)),
              ElementsAre("ockham:reorder reorder nchw to nhwc", "fast conv2d", "fast conv2d"));
}

TEST_F(PlannerTest, ReordersNothingForArraysThatLieAsKernelsWant) {
  const ValueId image = net.input("image", {kN, 3, 8, 8});
  const Graph graph = net.build(net.conv("conv", image, 4, same));
  const ExecutionPlan plan = make_plan({.graph = graph,
                                        .input_formats = {{Layout::kChannelsLast}},
                                        .output_formats = {{Layout::kChannelsLast}}},
                                       kCandidates);
  EXPECT_THAT(steps_of(plan), ElementsAre("fast conv2d"));
  EXPECT_EQ(plan.placements[plan.steps[0].reads[0]].where, Where::kInput);
  EXPECT_EQ(written(plan, 0).where, Where::kOutput);
  EXPECT_EQ(written(plan, 0).layout, Layout::kChannelsLast);
}

TEST_F(PlannerTest, ReordersArraysThatLieOtherwiseThanKernelsWant) {
  const ValueId image = net.input("image", {kN, 3, 8, 8});
  const Graph graph = net.build(net.batch_norm("bn", image));  // on the naive kernel, in NCHW
  const ExecutionPlan plan = make_plan({.graph = graph,
                                        .input_formats = {{Layout::kChannelsLast}},
                                        .output_formats = {{Layout::kChannelsLast}}},
                                       kCandidates);
  EXPECT_THAT(steps_of(plan), ElementsAre("ockham:reorder reorder nhwc to nchw", "naive batch_norm",
                                          "ockham:reorder reorder nchw to nhwc"));
  EXPECT_EQ(written(plan, 2).where, Where::kOutput);
}

TEST_F(PlannerTest, WritesAnOutputOnceThoughItIsReadInAnotherLayout) {
  const ValueId image = net.input("image", {kN, 3, 8, 8});
  const ValueId normal = net.batch_norm("bn", image);
  const Graph graph = net.build({normal, net.conv("conv", normal, 4, same)});
  const ExecutionPlan plan = make_plan(
      {.graph = graph, .output_formats = {{Layout::kChannelsLast}, {Layout::kChannelsLast}}},
      kCandidates);
  EXPECT_THAT(steps_of(plan), ElementsAre("naive batch_norm", "ockham:reorder reorder nchw to nhwc",
                                          "fast conv2d"));
  EXPECT_EQ(written(plan, 1).where, Where::kOutput);
}

TEST_F(PlannerTest, CopiesAnInputThatIsAnOutput) {
  const ValueId image = net.input("image", {kN, 2, 4, 4});
  const ExecutionPlan plan = plan_of(net.build({image, net.relu("relu", image)}));
  EXPECT_THAT(steps_of(plan), ElementsAre("flexible relu", "ockham:reorder copy"));
  EXPECT_EQ(written(plan, 1).where, Where::kOutput);
  EXPECT_EQ(written(plan, 1).index, 0u);
}

TEST_F(PlannerTest, PlacesLeNet5InOneArena) {
  const Graph graph = tests::lenet5(1);
  const ExecutionPlan plan = plan_of(graph);
  EXPECT_THAT(steps_of(plan),
              ElementsAre("fast conv2d", "fast max_pool", "fast conv2d", "fast max_pool",
                          "flexible linear+relu", "flexible linear"));
  // conv1 46080 bytes, pool1 11520 behind it; conv2 12800 and pool2 3200 over conv1; fc1 2000
  // bytes.
  const auto offset = [&](std::size_t step) { return written(plan, step).offset; };
  EXPECT_EQ(offset(0), 0u);
  EXPECT_EQ(offset(1), 46080u);
  EXPECT_EQ(offset(2), 0u);
  EXPECT_EQ(offset(3), 12800u);
  EXPECT_EQ(offset(4), 0u);
  EXPECT_EQ(written(plan, 5).where, Where::kOutput);
  EXPECT_EQ(plan.arena_bytes, 46080u + 11520u);
}

TEST_F(PlannerTest, PlacesWhatAPoolLeavesInTheLayoutOfTheStep) {
  static constexpr Candidate kPooling = {.name = "pooling",
                                         .reason = "pools in passing",
                                         .layout = LayoutRule::kRowMajor,
                                         .supports = computes<Conv2d>,
                                         .takes_pool = true};
  constexpr const Candidate* kPoolingToo[] = {&kPooling, &kFast, &kFlexible, &kNaive};
  const ValueId image = net.input("image", {kN, 3, 8, 8});
  const ValueId pool = net.max_pool("pool", net.conv("conv", image, 4, same));
  const Graph graph = net.build(net.max_pool("again", pool));
  const ExecutionPlan plan = make_plan({.graph = graph}, kPoolingToo);
  EXPECT_THAT(steps_of(plan),
              ElementsAre("pooling conv2d+max_pool", "ockham:reorder reorder nchw to nhwc",
                          "fast max_pool", "ockham:reorder reorder nhwc to nchw"));
  EXPECT_EQ(written(plan, 0).value, pool);
  EXPECT_EQ(written(plan, 0).layout, Layout::kRowMajor);
  EXPECT_EQ(written(plan, 0).elements, 4 * 4 * 4);
}

TEST_F(PlannerTest, KeepsScratchApartFromWhatItsStepTouches) {
  const Graph graph = tests::lenet5(1);
  ExecutionPlan plan = make_plan({.graph = graph}, kCandidates);
  plan.steps[0].scratch_bytes = 1000;
  plan.steps[2].scratch_bytes = 1000;
  plan_memory(plan, graph, kNoLimit);
  EXPECT_EQ(plan.steps[0].scratch_offset, 46080u);  // behind conv1, where pool1 comes later
  EXPECT_EQ(plan.steps[2].scratch_offset, 12800u);  // behind conv2, in front of pool1
}

TEST_F(PlannerTest, SizesForTheLargestBatch) {
  const Graph graph = tests::lenet5(1);
  EXPECT_EQ(plan_of(graph, 10).arena_bytes, 10 * plan_of(graph, 1).arena_bytes);
}

TEST_F(PlannerTest, RefusesActivationsBeyondTheLimitOrTheAddressSpace) {
  const Graph graph = tests::lenet5(1);
  ExecutionPlan plan = make_plan({.graph = graph, .max_batch = 100}, kCandidates);
  tests::expect_error(
      Status::kOutOfMemory,
      {"value 'conv1'", "4608000", "1000000", "smaller batch, or raise the limit (--memory"},
      [&] { plan_memory(plan, graph, 1'000'000); });
  tests::expect_error(Status::kOutOfMemory, {"100 images", "5760000", "5000000"},
                      [&] { plan_memory(plan, graph, 5'000'000); });
  ExecutionPlan endless =
      make_plan({.graph = graph, .max_batch = std::int64_t{1} << 62}, kCandidates);
  tests::expect_error(Status::kOutOfMemory, {"use a smaller batch"},
                      [&] { plan_memory(endless, graph, SIZE_MAX); });
}

TEST_F(PlannerTest, PrintsATable) {
  const Graph graph = tests::lenet5(1);
  const std::string text = plan_of(graph).text(graph);
  for (const char* part :
       {"kernel", "conv1", "linear+relu", "fast over nhwc", "288000", "[N, 20, 24, 24] nhwc",
        "arena + 46080", "output 0", "at most 1 image, arena of 57600 bytes"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(plan_of(graph, 2).text(graph), HasSubstr("at most 2 images, "));
}

// ---- Types of activations ----------------------------------------------------------------------

/// Reads convolutions' inputs in bfloat16 where that was asked for.
bool is_rounded_convolution(const PlanRequest& request, const PlanStep& step) {
  return request.precision == Precision::kBfloat16 && computes<Conv2d>(request, step);
}
constexpr Candidate kRounded = {.name = "rounded",
                                .reason = "fewer bytes",
                                .layout = LayoutRule::kChannelsLast,
                                .supports = is_rounded_convolution,
                                .type = StoredType::kBfloat16};
constexpr const Candidate* kRoundedToo[] = {&kRounded, &kFast, &kFlexible, &kNaive};

class TypedPlan : public PlannerTest {
 protected:
  static ExecutionPlan typed_plan(const Graph& graph) {
    return make_plan({.graph = graph, .precision = Precision::kBfloat16}, kRoundedToo);
  }
};

TEST_F(TypedPlan, KeepsTheTypeBetweenStepsThatReadIt) {
  const ValueId x = net.input("image", {kN, 2, 8, 8});
  const Graph graph = net.build(net.conv("conv2", net.conv("conv1", x, 4, same), 3, same));
  const ExecutionPlan plan = typed_plan(graph);
  EXPECT_THAT(steps_of(plan), ElementsAre("ockham:reorder reorder nchw to nhwc",
                                          "ockham:reorder convert fp32 to bf16", "rounded conv2d",
                                          "rounded conv2d", "ockham:reorder reorder nhwc to nchw"));
  EXPECT_EQ(written(plan, 0).type, StoredType::kFloat32);
  EXPECT_EQ(written(plan, 1).type, StoredType::kBfloat16);
  EXPECT_EQ(written(plan, 1).bytes, 2u * 2 * 8 * 8);
  EXPECT_EQ(written(plan, 2).type, StoredType::kBfloat16);
  EXPECT_EQ(written(plan, 3).type, StoredType::kFloat32);  // the caller's
  EXPECT_THAT(plan.text(graph), HasSubstr("[N, 4, 8, 8] nhwc bf16"));
}

TEST_F(TypedPlan, ConvertsBytesBehindWhatPreparesThem) {
  const Graph graph = net.build(net.conv("conv", net.input("image", {kN, 2, 8, 8}), 4, same));
  const ExecutionPlan plan =
      make_plan({.graph = graph,
                 .precision = Precision::kBfloat16,
                 .input_formats = {{.layout = Layout::kChannelsLast, .type = StoredType::kUint8}}},
                kRoundedToo);
  EXPECT_THAT(steps_of(plan),
              ElementsAre("ockham:prepare prepare", "ockham:reorder convert fp32 to bf16",
                          "rounded conv2d", "ockham:reorder reorder nhwc to nchw"));
}

TEST_F(TypedPlan, WritesTheDevicesTypeWhereSomeStepReadsThat) {
  const ValueId x = net.input("image", {kN, 2, 8, 8});
  const ValueId shared = net.conv("conv1", x, 4, same);
  const ValueId conv = net.conv("conv2", shared, 4, same);
  const Graph graph = net.build(net.max_pool("pool", net.add("add", conv, shared)));
  const ExecutionPlan plan = typed_plan(graph);
  EXPECT_EQ(steps_of(plan)[2], "rounded conv2d");
  EXPECT_EQ(written(plan, 2).type, StoredType::kFloat32);
  EXPECT_EQ(steps_of(plan)[3], "ockham:reorder convert fp32 to bf16");  // for conv2
  EXPECT_EQ(written(plan, 4).type, StoredType::kFloat32);               // of conv2, for the sum
}

TEST_F(TypedPlan, ConvertsAValueOnceForAllWhoReadIt) {
  const ValueId x = net.relu("relu", net.input("image", {kN, 1, 8, 8}));
  const Graph graph =
      net.build({net.conv("conv1", x, 1, {.kernel = 8}), net.conv("conv2", x, 1, {.kernel = 8})});
  EXPECT_THAT(steps_of(typed_plan(graph)),
              ElementsAre("flexible relu", "ockham:reorder convert fp32 to bf16", "rounded conv2d",
                          "rounded conv2d"));
}

TEST_F(TypedPlan, HasOneTypeWhereNoneWasAskedFor) {
  const Graph graph = net.build(net.conv("conv", net.input("image", {kN, 1, 8, 8}), 4, same));
  const ExecutionPlan plan = make_plan({.graph = graph}, kRoundedToo);
  EXPECT_THAT(steps_of(plan), ElementsAre("fast conv2d", "ockham:reorder reorder nhwc to nchw"));
}

}  // namespace
}  // namespace ockham
