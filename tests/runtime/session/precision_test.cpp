// Sessions on the CPU in bfloat16.
#include <gmock/gmock.h>

#include "runtime/graph/bfloat16.h"
#include "runtime/session/session.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const SessionOptions kBfloat16 = {.precision = Precision::kBfloat16};

/// A wide linear layer and a small one.
Graph perceptron() {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, 300});
  return net.build(net.linear("small", net.relu("relu", net.linear("wide", x, 100)), 10));
}

Arrays answer(const std::shared_ptr<const Model>& model, const SessionOptions& options) {
  Session session(model, options);
  return run(session, 1, random_inputs(model->graph(), 1));
}

TEST(Bfloat16Session, RunsInItWhatWaitsForItsWeights) {
  const auto model = model_of(perceptron());
  const Session session(model, kBfloat16);
  EXPECT_EQ(session.plan().precision, Precision::kBfloat16);
  EXPECT_THAT(session.plan().notes, IsEmpty());
  ASSERT_EQ(session.plan().steps.size(), 2u);
  EXPECT_THAT(session.plan().steps[0].kernel, HasSubstr("bf16"));
  EXPECT_THAT(session.plan().steps[1].kernel, Not(HasSubstr("bf16")));
  EXPECT_THAT(session.plan().steps[1].reason,
              HasSubstr("; not bf16: its weights stay in the nearest cache"));
}

TEST(Bfloat16Session, RoundsWeightsAndNothingElse) {
  const auto model = model_of(perceptron());
  Graph rounded = model->graph();
  std::vector<float> weights;
  for (const Value& value : rounded.values) {
    if (value.name != "wide.weight") continue;
    for (const float w : value.constant.floats) weights.push_back(to_float(to_bfloat16(w)));
  }
  tests::set_elements(rounded, "wide.weight", weights);
  const Arrays inputs = random_inputs(rounded, 1);
  const auto expected = run_reference<double>(rounded, 1, inputs);
  EXPECT_LE(relative_difference(answer(model, kBfloat16)[0], expected[0]), 1e-5);
  EXPECT_GT(relative_difference(answer(model, {})[0], expected[0]), 1e-5);
}

TEST(Bfloat16Session, SaysWhereNoStepGains) {
  const auto model = model_of(tests::residual_network(1));
  const Session session(model, kBfloat16);
  EXPECT_EQ(session.plan().precision, Precision::kFloat32);
  EXPECT_THAT(session.plan().notes,
              ElementsAre(HasSubstr("no step gains from it: all compute in 'fp32'")));
  EXPECT_EQ(answer(model, kBfloat16), answer(model, {}));
}

TEST(Bfloat16Session, HasNoRoundedWeightsInExactAndReferenceKernels) {
  const auto model = model_of(perceptron());
  for (const Kernels kernels : {Kernels::kExact, Kernels::kReference}) {
    const Session session(model, {.kernels = kernels, .precision = Precision::kBfloat16});
    EXPECT_EQ(session.plan().precision, Precision::kFloat32);
    EXPECT_THAT(session.plan().notes, Contains(HasSubstr("no step gains from it")));
    EXPECT_THAT(session.plan().steps, Each(Field(&PlanStep::kernel, Not(HasSubstr("bf16")))));
  }
}

TEST(Bfloat16Session, SharesWeightsOfHalfTheSize) {
  const auto model = model_of(perceptron());
  const Session first(model, kBfloat16), second(model, kBfloat16);
  EXPECT_EQ(second.memory().packed, first.memory().packed);
  const Session in_float32(model_of(perceptron()), {});
  EXPECT_LT(first.memory().packed, in_float32.memory().packed * 6 / 10);
}

/// With answers of the reference executor, which may be too large.
std::shared_ptr<const Model> with_self_test(float factor) {
  ModelContents contents{.graph = perceptron()};
  SelfTest test{.batch = 2, .inputs = random_inputs(contents.graph, 2)};
  test.outputs = run_reference<float>(contents.graph, 2, test.inputs);
  for (float& output : test.outputs[0]) output *= factor;
  contents.self_test = std::move(test);
  return Model::from_contents(std::move(contents));
}

TEST(Bfloat16SelfTest, AllowsWhatItRounds) {
  const auto model = with_self_test(1.02f);
  EXPECT_NO_THROW(Session(model, kBfloat16));
  EXPECT_THROW(Session(model, {}), Error);
}

TEST(Bfloat16SelfTest, NamesTheExactPrecisionWhereItFails) {
  tests::expect_error(Status::kVerification, {"in precision 'bf16'", "use precision 'fp32'"},
                      [&] { Session(with_self_test(1.2f), kBfloat16); });
}

}  // namespace
}  // namespace ockham
