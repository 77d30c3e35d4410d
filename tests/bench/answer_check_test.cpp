#include "bench/answer_check.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/bench/sample_networks.h"
#include "tests/cases/expect_error.h"

namespace ockham::bench {
namespace {

/// What an array holds of each of its images.
std::vector<std::vector<float>> split(const std::vector<float>& array, std::size_t images) {
  std::vector<std::vector<float>> parts;
  const auto size = static_cast<std::ptrdiff_t>(array.size() / images);
  for (auto begin = array.begin(); begin != array.end(); begin += size) {
    parts.emplace_back(begin, begin + size);
  }
  return parts;
}

Graph two_inputs() {
  Graph graph;
  const ValueId a = graph.add_input("a", {Shape::kBatch, 3});
  const ValueId b = graph.add_input("b", {Shape::kBatch, 3});
  graph.outputs = {graph.add_node("sum", Binary{}, {a, b})};
  return graph;
}

TEST(MadeUpInputs, AreTheSameEachTimeAndWithinBounds) {
  const Graph graph = tests::small_network({});
  const Arrays inputs = make_inputs(graph, 2);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].size(), 2u * 144u);
  EXPECT_EQ(inputs, make_inputs(graph, 2));
  EXPECT_THAT(inputs[0], testing::Each(testing::AllOf(testing::Ge(-1.0f), testing::Lt(1.0f))));
}

TEST(MadeUpInputs, RepeatAFewImagesWhateverTheBatch) {
  const Graph graph = two_inputs();
  const Arrays inputs = make_inputs(graph, 20);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<std::vector<float>> images = split(inputs[i], 20);
    for (std::size_t image = kDifferentImages; image < images.size(); ++image) {
      EXPECT_EQ(images[image], images[image - kDifferentImages]);
    }
    EXPECT_EQ(split(make_inputs(graph, 1)[i], 1)[0], images[0]);
    EXPECT_EQ(std::set(images.begin(), images.end()).size(), std::size_t{kDifferentImages});
  }
}

TEST(RoomForOutputs, ShowsWhatWasNotWritten) {
  const Arrays outputs = make_outputs(tests::small_network({}), 3);
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].size(), 30u);
  EXPECT_TRUE(std::isnan(outputs[0][29]));
}

TEST(RightAnswers, AskForNoMoreImagesThanThereAreDifferentOnes) {
  std::vector<std::int64_t> asked;
  const auto oracle = [&](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
    asked.push_back(batch);
    EXPECT_EQ(inputs, make_inputs(graph, batch));
    return Arrays{};
  };
  for (const std::int64_t batch : {1, 3, 256}) {
    const RightAnswers right = right_answers(tests::small_network({}), batch, oracle);
    EXPECT_EQ(right.images, asked.back());
  }
  EXPECT_THAT(asked, testing::ElementsAre(1, 3, kDifferentImages));
}

/// A batch of many images and its answer, as a runtime that makes no mistake gives it.
class CheckAnswer : public testing::Test {
 protected:
  static constexpr std::int64_t kBatch = 64;
  static constexpr std::int64_t kClasses = 10;

  double check(Precision precision = Precision::kFloat32) {
    return check_answer(graph, kBatch, answer, right, precision);
  }
  void expect_wrong(Precision precision, const std::string& part) {
    tests::expect_error(Status::kVerification, {"output 'fc2'", "off the reference", part},
                        [&] { check(precision); });
  }
  float largest() const { return *std::ranges::max_element(answer[0]); }

  Graph graph = tests::small_network({});
  RightAnswers right = right_answers(graph, kBatch, reference_answer);
  Arrays answer = reference_answer(graph, kBatch, make_inputs(graph, kBatch));
};

TEST_F(CheckAnswer, FindsNothingWhereNothingIsWrong) { EXPECT_EQ(check(), 0.0); }

TEST_F(CheckAnswer, FindsASmallErrorInTheLastImage) {
  answer[0].back() += 1e-3f * largest();
  expect_wrong(Precision::kFloat32, "not timed");
}

// As by a kernel that counts images from the wrong one, or swaps the halves of a tile.
TEST_F(CheckAnswer, FindsAnswersThatWereGivenToOtherImages) {
  const Arrays whole = answer;
  for (const std::int64_t images : {1, 2, 4, 8, 16, 32}) {
    answer = whole;
    std::ranges::rotate(answer[0], answer[0].begin() + images * kClasses);
    for (const Precision precision : {Precision::kFloat32, Precision::kFloat16}) {
      expect_wrong(precision, "not timed");
    }
  }
}

TEST_F(CheckAnswer, TakesFewerImagesThanTheAnswersAreOf) {
  answer = reference_answer(graph, 2, make_inputs(graph, 2));
  EXPECT_EQ(check_answer(graph, 2, answer, right), 0.0);
}

TEST_F(CheckAnswer, AllowsMoreInAPrecisionThatRoundsMore) {
  for (float& x : answer[0]) x *= 1.005f;
  EXPECT_NEAR(check(Precision::kFloat16), 0.005, 1e-4);
  expect_wrong(Precision::kFloat32, "allowed in fp32");
  for (float& x : answer[0]) x *= 1.005f;
  expect_wrong(Precision::kTf32, "allowed in tf32");
  expect_wrong(Precision::kTf32, "unless fp32 computes it right");
}

}  // namespace
}  // namespace ockham::bench
