#include "runtime/session/session.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using tests::expect_error;

/// LeNet-5 with a self-test of three images made by the reference executor.
ModelContents contents_with_self_test() {
  ModelContents contents{.graph = tests::lenet5(1)};
  SelfTest test{.batch = 3, .inputs = random_inputs(contents.graph, 3)};
  test.outputs = run_reference<float>(contents.graph, 3, test.inputs);
  contents.self_test = std::move(test);
  return contents;
}

class SessionTest : public testing::Test {
 protected:
  std::shared_ptr<const Model> model = model_of(tests::lenet5(1));
  const Graph& graph = model->graph();
};

TEST_F(SessionTest, RunsEveryBatchUpToTheLargest) {
  constexpr std::int64_t kMaxBatch = 7;
  Session session(model, {.max_batch = kMaxBatch});
  for (std::int64_t batch = 1; batch <= kMaxBatch; ++batch) {
    const Arrays inputs = random_inputs(graph, batch);
    const Arrays found = run(session, batch, inputs);
    const auto expected = run_reference<double>(graph, batch, inputs);
    EXPECT_LE(relative_difference(found[0], expected[0]), 1e-5) << "batch " << batch;
  }
}

TEST_F(SessionTest, GivesTheSameBitsEachTime) {
  Session session(model, {});
  const Arrays inputs = random_inputs(graph, 1);
  const Arrays first = run(session, 1, inputs);
  run(session, 1, {random_floats(784, 99)});  // leaves other numbers in the arena
  EXPECT_EQ(run(session, 1, inputs), first);
}

TEST_F(SessionTest, RefusesWrongArgumentsWithAStatus) {
  Session session(model, {.max_batch = 2});
  const Arrays inputs = random_inputs(graph, 2);
  RunArrays arrays(graph, 2, inputs);
  const std::vector<const float*> no_input = {nullptr}, two_inputs(2, inputs[0].data());
  const std::vector<float*> no_output = {nullptr};
  EXPECT_EQ(session.run(0, arrays.reads, arrays.writes), Status::kInvalidArgument);
  EXPECT_EQ(session.run(-1, arrays.reads, arrays.writes), Status::kInvalidArgument);
  EXPECT_EQ(session.run(3, arrays.reads, arrays.writes), Status::kInvalidArgument);
  EXPECT_EQ(session.run(1, no_input, arrays.writes), Status::kInvalidArgument);
  EXPECT_EQ(session.run(1, arrays.reads, no_output), Status::kInvalidArgument);
  EXPECT_EQ(session.run(1, two_inputs, arrays.writes), Status::kInvalidArgument);
  EXPECT_EQ(session.run(1, {}, arrays.writes), Status::kInvalidArgument);
  EXPECT_EQ(session.run(1, arrays.reads, {}), Status::kInvalidArgument);
  EXPECT_THAT(arrays.outputs[0], Each(testing::IsNan()));
  EXPECT_EQ(session.run(2, arrays.reads, arrays.writes), Status::kOk);
}

TEST_F(SessionTest, RefusesOptionsItCannotServe) {
  expect_error(Status::kInvalidArgument, {"max_batch is 0"},
               [&] { Session(model, {.max_batch = 0}); });
  expect_error(Status::kInvalidArgument, {"threads is 0"}, [&] { Session(model, {.threads = 0}); });
  expect_error(Status::kInvalidArgument, {"threads is 1000000"},
               [&] { Session(model, {.threads = 1'000'000}); });
  expect_error(Status::kInvalidArgument, {"no model"}, [&] { Session(nullptr, {}); });
}

TEST_F(SessionTest, RefusesWhatIsOverItsMemoryLimit) {
  const SessionMemory needed = Session(model, {}).memory();
  const std::size_t total = needed.arena + needed.packed;
  EXPECT_NO_THROW(Session(model, {.memory_limit = total}));
  expect_error(Status::kOutOfMemory, {"memory limit is " + std::to_string(total - 1)},
               [&] { Session(model, {.memory_limit = total - 1}); });
}

TEST_F(SessionTest, ChecksSizesBeforeItAllocates) {
  expect_error(Status::kOutOfMemory, {"value ", "1099511627776 images", "4294967296"},
               [&] { Session(model, {.max_batch = std::int64_t{1} << 40}); });
  expect_error(Status::kOutOfMemory, {"smaller batch"}, [&] {
    Session(model, {.max_batch = std::int64_t{1} << 62, .memory_limit = SIZE_MAX});
  });
}

TEST_F(SessionTest, ProfilesEveryStep) {
  Session session(model, {});
  const Arrays inputs = random_inputs(graph, 1);
  RunArrays arrays(graph, 1, inputs);
  std::vector<std::int64_t> step_ns(session.plan().steps.size(), -1);
  ASSERT_EQ(session.run_profiled(1, arrays.reads, arrays.writes, step_ns), Status::kOk);
  EXPECT_THAT(step_ns, Each(testing::Ge(0)));
  EXPECT_EQ(arrays.outputs, run(session, 1, inputs));
  step_ns.pop_back();
  EXPECT_EQ(session.run_profiled(1, arrays.reads, arrays.writes, step_ns),
            Status::kInvalidArgument);
}

TEST_F(SessionTest, SharesPackedWeightsWithOtherSessionsOfTheModel) {
  const SessionMemory first = Session(model, {}).memory();
  const SessionMemory second = Session(model, {}).memory();
  EXPECT_EQ(first.packed, second.packed);
  EXPECT_GE(first.packed, 431'080 * sizeof(float));
  EXPECT_EQ(Session(model_of(graph), {.kernels = Kernels::kReference}).memory().packed, 0u);
}

TEST_F(SessionTest, NamesTheKernelOfEachStep) {
  const Session reference(model, {.kernels = Kernels::kReference});
  for (const PlanStep& step : reference.plan().steps) EXPECT_EQ(step.kernel, "reference");
  const Session automatic(model, {});
  const std::string text = automatic.plan().text(graph);
  for (const PlanStep& step : automatic.plan().steps) {
    EXPECT_THAT(step.kernel, testing::StartsWith("ockham:")) << step.name;
    EXPECT_NE(step.op, "flatten");
    EXPECT_THAT(step.kernel, Not(HasSubstr("ref:any"))) << step.name;
    EXPECT_THAT(text, HasSubstr(step.kernel));
  }
}

TEST(SessionFusing, TakesPoolsIntoConvolutionsOfFewChannels) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 1, 28, 28});
  const ValueId conv = net.conv("conv", x, 5, {.kernel = 5});
  const Graph graph = net.build(net.relu("relu", net.max_pool("pool", conv)));
  const Session session(model_of(graph), {});
  ASSERT_EQ(session.plan().steps.size(), 1u);
  EXPECT_EQ(session.plan().steps[0].op, "conv2d+max_pool+relu");
  EXPECT_THAT(session.plan().steps[0].kernel, testing::StartsWith("ockham:planar:"));
}

/// The steps of a convolution of so many channels, whose input is added behind it.
std::string steps_of_residual(std::int64_t channels,
                              const tests::NetworkBuilder::ConvOptions& options) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, channels, 24, 24});
  const ValueId sum = net.add("add", net.conv("conv", x, channels, options), x);
  const Graph graph = net.build(net.relu("relu", sum));
  return Session(model_of(graph), {}).plan().text(graph);
}

TEST(SessionFusing, TakesSumsIntoConvolutions) {
  const std::string pointwise = steps_of_residual(24, {.kernel = 1});
  EXPECT_THAT(pointwise, HasSubstr("conv2d+add+relu"));
  EXPECT_THAT(pointwise, HasSubstr("ockham:tiles"));
  const std::string transformed = steps_of_residual(24, {.kernel = 3, .pad = 1});
  EXPECT_THAT(transformed, HasSubstr("conv2d+add+relu"));
  EXPECT_THAT(transformed, HasSubstr("ockham:winograd"));
}

TEST(SessionFusing, LeavesSumsBehindConvolutionsOfFewChannels) {
  const std::string planar = steps_of_residual(3, {.kernel = 5, .pad = 2});
  EXPECT_THAT(planar, HasSubstr("ockham:planar"));
  EXPECT_THAT(planar, Not(HasSubstr("conv2d+add")));
}

/// A convolution that Winograd's transforms are for.
Graph wide_convolution() {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 24, 20, 20});
  return net.build(net.conv("conv", x, 24, {.kernel = 3, .pad = 1}));
}

TEST(SessionExact, TakesNoTransforms) {
  const auto model = model_of(wide_convolution());
  const auto kernel = [&](Kernels kernels) {
    return Session(model, {.kernels = kernels}).plan().text(model->graph());
  };
  EXPECT_THAT(kernel(Kernels::kAuto), HasSubstr("ockham:winograd:4x4"));
  EXPECT_THAT(kernel(Kernels::kExact), Not(HasSubstr("winograd")));
}

// A network that makes much of roundings: its self-test allows no other than those of exact
// kernels.
TEST(SessionExact, IsWhatASelfTestFallsBackTo) {
  ModelContents contents{.graph = wide_convolution()};
  SelfTest test{.batch = 1, .inputs = random_inputs(contents.graph, 1), .tolerance = 1e-9f};
  Session exact(model_of(contents.graph), {.kernels = Kernels::kExact});
  test.outputs = run(exact, 1, test.inputs);
  contents.self_test = test;
  const auto model = Model::from_contents(std::move(contents));
  Session session(model, {});
  EXPECT_EQ(session.options().kernels, Kernels::kExact);
  EXPECT_THAT(session.plan().notes, testing::ElementsAre(HasSubstr("without Winograd's")));
  EXPECT_EQ(run(session, 1, test.inputs), test.outputs);
  EXPECT_EQ(Session(model, {.self_test = false}).options().kernels, Kernels::kAuto);
}

TEST_F(SessionTest, RemembersWhatItWasMadeFrom) {
  const Session session(model, {.max_batch = 4, .threads = 2});
  EXPECT_EQ(&session.model(), model.get());
  EXPECT_EQ(session.options().max_batch, 4);
  EXPECT_EQ(session.plan().max_batch, 4);
  EXPECT_EQ(session.memory().arena, session.plan().arena_bytes);
}

// Float sums of so many elements would lose three digits.
TEST(SessionAverages, KeepTheDigitsOfLargeImages) {
  constexpr std::int64_t kSide = 224, kChannels = 3;
  constexpr float kLevels[kChannels] = {1.23f, 8.88f, 101.23f};
  Graph graph;
  const ValueId x = graph.add_input("x", Shape{Shape::kBatch, kChannels, kSide, kSide});
  const ValueId pooled = graph.add_node(
      "pool", Pool2d{.kind = PoolKind::kAverage, .window = {.kernel = {kSide, kSide}}}, {x});
  const ValueId mean =
      graph.add_node("mean", Reduce{.kind = ReduceKind::kMean, .axes = {2, 3}}, {x});
  graph.outputs = {pooled, mean};
  std::vector<float> image;
  for (const float level : kLevels) image.insert(image.end(), kSide * kSide, level);
  for (const Kernels kernels : {Kernels::kAuto, Kernels::kReference}) {
    Session session(model_of(graph), {.kernels = kernels});
    for (const std::vector<float>& means : run(session, 1, {image})) {
      EXPECT_THAT(means, testing::ElementsAreArray(kLevels));
    }
  }
}

TEST(SessionFusing, FoldsBatchNormsAndKeepsTheAnswer) {
  const Graph graph = tests::residual_network(3);
  const Arrays inputs = random_inputs(graph, 2);
  const auto expected = run_reference<double>(graph, 2, inputs);
  for (const Kernels kernels : {Kernels::kAuto, Kernels::kReference}) {
    Session session(model_of(graph), {.max_batch = 2, .kernels = kernels});
    const std::string text = session.plan().text(graph);
    EXPECT_THAT(text, HasSubstr("conv2d+batch_norm+relu"));
    EXPECT_THAT(text, HasSubstr("add+relu"));
    EXPECT_LE(relative_difference(run(session, 2, inputs)[0], expected[0]), 1e-5);
  }
}

TEST(SessionSelfTest, IsReplayedForEveryBatchSize) {
  const auto model = Model::from_contents(contents_with_self_test());
  for (const std::int64_t max_batch : {1, 2, 3, 8}) {
    EXPECT_NO_THROW(Session(model, {.max_batch = max_batch})) << max_batch;
  }
}

TEST(SessionSelfTest, RefusesAModelThatDoesNotReproduceIt) {
  ModelContents contents = contents_with_self_test();
  contents.self_test->outputs[0][17] += 1.0f;
  const auto model = Model::from_contents(std::move(contents));
  expect_error(Status::kVerification, {"output 'fc2' differs by 1", "allowed is"},
               [&] { Session(model, {}); });
  EXPECT_NO_THROW(Session(model, {.self_test = false}));
}

TEST(SessionSelfTest, ComparesTheScoresOfPlaces) {
  Graph graph;
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2, 3});
  graph.outputs = {
      graph.add_node("top", TopK{.axis = 1, .count = 2, .gives = TopKOutput::kIndices}, {x}),
      graph.add_node("least", ArgExtreme{.kind = ArgKind::kMin, .axis = 2, .keeps_axis = false},
                     {x})};
  SelfTest test{.batch = 2,
                .inputs = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 7.00001f, 8, 10}},
                .outputs = {{1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0}, {0, 0, 0, 0}}};
  const auto create = [&] {
    Session(Model::from_contents({.graph = graph, .self_test = test}), {.max_batch = 2});
  };
  EXPECT_NO_THROW(create());  // in the second image, 7 and 7.00001 may change places
  test.outputs[0][2] = 0;     // 3 is not the larger one of 3 and 6
  expect_error(Status::kVerification, {"output 'top' names places whose scores differ by 3"},
               create);
  test.outputs[0][2] = 1;
  test.outputs[1][3] = 2;  // 10 is not the least of 7.00001, 8 and 10
  expect_error(Status::kVerification, {"output 'least' names places", "differ by 2.99999"}, create);
}

TEST(SessionSelfTest, IsReplayedForArraysInAnotherLayout) {
  ModelContents contents = contents_with_self_test();
  const SessionOptions options{.input_formats = {{Layout::kChannelsLast}}};
  EXPECT_NO_THROW(Session(Model::from_contents(contents), options));
  contents.self_test->outputs[0][0] += 1.0f;
  const auto model = Model::from_contents(contents);
  expect_error(Status::kVerification, {"self-test failed"}, [&] { Session(model, options); });
}

TEST(SessionSelfTest, RefusesInfinities) {
  ModelContents contents = contents_with_self_test();
  std::vector<float> weights(5000, 3e38f);  // finite, but their sums are not
  tests::set_elements(contents.graph, "fc2.weight", std::move(weights));
  const auto model = Model::from_contents(std::move(contents));
  expect_error(Status::kVerification, {"output 'fc2'"}, [&] { Session(model, {}); });
}

TEST(ModelTest, IsRefusedWhenItsGraphIsNotValid) {
  ModelContents contents{.graph = tests::lenet5(1)};
  contents.graph.outputs.clear();
  expect_error(Status::kInvalidModel, {"outputs"}, [&] { Model::from_contents(contents); });
}

TEST(ModelTest, IsRefusedWhenItsSelfTestDoesNotFit) {
  ModelContents contents = contents_with_self_test();
  contents.self_test->inputs[0].pop_back();
  expect_error(Status::kInvalidModel, {"self-test"}, [&] { Model::from_contents(contents); });
}

TEST(ModelTest, IsLoadedFromAFile) {
  const tests::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "lenet5.ockham";
  const ModelContents contents = contents_with_self_test();
  write_model(path, contents);
  const auto model = Model::load(path);
  EXPECT_EQ(model->file_bytes(), std::filesystem::file_size(path));
  Session session(model, {});
  const Arrays inputs = random_inputs(model->graph(), 1);
  EXPECT_LE(relative_difference(run(session, 1, inputs)[0],
                                run_reference<float>(contents.graph, 1, inputs)[0]),
            1e-5);
  expect_error(Status::kNotFound, {"absent.ockham"},
               [&] { Model::load(folder.path() / "absent.ockham"); });
}

}  // namespace
}  // namespace ockham
