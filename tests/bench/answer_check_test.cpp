#include "bench/answer_check.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/bench/sample_networks.h"
#include "tests/cases/expect_error.h"

namespace ockham::bench {
namespace {

TEST(MadeUpInputs, AreTheSameEachTimeAndWithinBounds) {
  const Graph graph = tests::small_network({});
  const Arrays inputs = make_inputs(graph, 2);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].size(), 2u * 144u);
  EXPECT_EQ(inputs, make_inputs(graph, 2));
  EXPECT_THAT(inputs[0], testing::Each(testing::AllOf(testing::Ge(-1.0f), testing::Lt(1.0f))));
}

TEST(RoomForOutputs, ShowsWhatWasNotWritten) {
  const Arrays outputs = make_outputs(tests::small_network({}), 3);
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].size(), 30u);
  EXPECT_TRUE(std::isnan(outputs[0][29]));
}

TEST(CheckAnswer, LetsRoundingThroughAndNothingElse) {
  const Graph graph = tests::small_network({});
  const Arrays right = reference_answer(graph, 1, make_inputs(graph, 1));
  EXPECT_EQ(check_answer(graph, right, right), 0.0);

  Arrays wrong = right;
  const float largest = *std::max_element(right[0].begin(), right[0].end());
  wrong[0][3] += 1e-3f * largest;
  tests::expect_error(Status::kVerification, {"output 'fc2'", "off the reference", "not timed"},
                      [&] { check_answer(graph, wrong, right); });
}

TEST(CheckAnswer, AllowsMoreInAPrecisionThatRoundsMore) {
  const Graph graph = tests::small_network({});
  const Arrays right = reference_answer(graph, 1, make_inputs(graph, 1));
  Arrays rounded = right;
  for (float& x : rounded[0]) x *= 1.005f;
  EXPECT_NEAR(check_answer(graph, rounded, right, Precision::kFloat16), 0.005, 1e-4);
  tests::expect_error(Status::kVerification, {"allowed in fp32"},
                      [&] { check_answer(graph, rounded, right); });
  for (float& x : rounded[0]) x *= 1.005f;
  tests::expect_error(Status::kVerification, {"allowed in tf32", "unless fp32 computes it right"},
                      [&] { check_answer(graph, rounded, right, Precision::kTf32); });
}

TEST(LastImages, AreThoseOfEveryArray) {
  EXPECT_EQ(last_images({{1, 2, 3, 4, 5, 6}, {7, 8, 9}}, 3, 1), (Arrays{{5, 6}, {9}}));
  EXPECT_EQ(last_images({{1, 2, 3}}, 3, 3), (Arrays{{1, 2, 3}}));
}

}  // namespace
}  // namespace ockham::bench
