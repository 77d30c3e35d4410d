// The C++ interface over the C interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "ockham/ockham.hpp"
#include "tests/cases/environment_value.h"
#include "tests/runtime/api/test_models.h"

namespace ockham::tests {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

static_assert(std::is_nothrow_move_constructible_v<Model>);
static_assert(std::is_nothrow_move_assignable_v<Session>);
static_assert(!std::is_copy_constructible_v<Model>);
static_assert(!std::is_copy_constructible_v<Session>);

constexpr std::size_t kImageFloats = 2 * 4 * 4;
constexpr float kTolerance = 1e-5f;

/// The status that `call` throws.
template <class Call>
ockham_status status_of(Call&& call, const std::string& text) {
  try {
    call();
  } catch (const Exception& exception) {
    EXPECT_THAT(exception.what(), HasSubstr(text));
    return exception.status();
  }
  return OCKHAM_OK;
}

class CppApi : public testing::Test {
 protected:
  CppApi() { write_classifier(path); }

  ModelFolder folder;
  std::string path = folder.path("classifier.ockham");
};

TEST_F(CppApi, DescribesAModel) {
  const Model model(path);
  ASSERT_EQ(model.inputs().size(), 1u);
  EXPECT_EQ(model.inputs()[0].name, "image");
  EXPECT_THAT(model.inputs()[0].shape, ElementsAre(OCKHAM_BATCH, 2, 4, 4));
  EXPECT_EQ(model.inputs()[0].elements_per_image(), kImageFloats);
  ASSERT_EQ(model.outputs().size(), 1u);
  EXPECT_EQ(model.outputs()[0].elements_per_image(), 3u);
  EXPECT_THAT(model.preprocessing().mean, ElementsAre(0.25f, 0.5f));
  EXPECT_THAT(model.preprocessing().standard_deviation, ElementsAre(1.0f, 2.0f));
  EXPECT_EQ(model.provenance("method"), "group-ard");
  EXPECT_EQ(model.provenance("sauce"), "");
}

TEST_F(CppApi, RunsOneImage) {
  const Model model(path);
  Session session(model);
  const std::vector<float> image = numbers(kImageFloats, 5);
  EXPECT_THAT(session.run(image), Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

TEST_F(CppApi, RunsAsManyImagesAsItIsGiven) {
  const Model model(path);
  SessionOptions options;
  options.max_batch = 3;
  Session session(model, options);
  const std::vector<float> images = numbers(3 * kImageFloats, 5);
  EXPECT_THAT(session.run(images), Pointwise(FloatNear(kTolerance), classifier_scores(images)));
  const std::vector<float> more = numbers(4 * kImageFloats, 5);
  EXPECT_EQ(status_of([&] { session.run(more); }, "max_batch of 3"), OCKHAM_INVALID_ARGUMENT);
}

TEST_F(CppApi, RunsOnTheCallersArrays) {
  write_adder(folder.path("adder.ockham"));
  const Model model(folder.path("adder.ockham"));
  Session session(model);
  const float left[] = {1, -2, 3}, right[] = {10, -20, -30};
  float sum[3], positive[3];
  const float* inputs[] = {left, right};
  float* outputs[] = {sum, positive};
  session.run(1, inputs, outputs);
  EXPECT_THAT(sum, ElementsAre(11, -22, -27));
  EXPECT_THAT(positive, ElementsAre(11, 0, 0));
  EXPECT_EQ(status_of([&] { session.run(numbers(3, 1)); }, "several inputs"),
            OCKHAM_INVALID_ARGUMENT);
}

TEST_F(CppApi, RunsOnImagesWithTheirChannelsLast) {
  const Model model(path);
  SessionOptions options;
  options.input_formats = {{OCKHAM_NHWC}};
  Session session(model, options);
  const std::vector<float> image = numbers(kImageFloats, 5);
  std::vector<float> pixels;
  for (std::size_t i = 0; i < image.size(); ++i) pixels.push_back(image[i % 2 * 16 + i / 2]);
  EXPECT_THAT(session.run(pixels), Pointwise(FloatNear(kTolerance), classifier_scores(image)));
  options.output_formats = {{OCKHAM_NHWC}};
  EXPECT_EQ(status_of([&] { Session(model, options); }, "output 'scores' was asked for in NHWC"),
            OCKHAM_INVALID_ARGUMENT);
}

TEST_F(CppApi, RunsOnBytesOfPictures) {
  const Model model(path);
  SessionOptions options;
  options.input_formats = {
      {OCKHAM_NCHW, OCKHAM_UINT8, Preprocessing{1.0 / 256, {0.25f, 0.5f}, {}}}};
  Session session(model, options);
  std::vector<std::uint8_t> bytes;
  std::vector<float> floats;
  for (std::size_t i = 0; i < kImageFloats; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(i * 8));
    floats.push_back(static_cast<float>(bytes[i]) / 256.0f - (i < 16 ? 0.25f : 0.5f));
  }
  const std::vector<float> expected = classifier_scores(floats);
  EXPECT_THAT(session.run_bytes(bytes), Pointwise(FloatNear(kTolerance), expected));
  std::vector<float> scores(3);
  const void* inputs[] = {bytes.data()};
  void* outputs[] = {scores.data()};
  session.run(1, inputs, outputs);
  EXPECT_EQ(scores, session.run_bytes(bytes));
  EXPECT_EQ(status_of([&] { session.run(floats); }, "an input is not float32"),
            OCKHAM_INVALID_ARGUMENT);
  EXPECT_EQ(status_of([&] { Session(model).run_bytes(bytes); }, "input is not uint8"),
            OCKHAM_INVALID_ARGUMENT);
}

TEST_F(CppApi, RunsOnBoundArrays) {
  const Model model(path);
  Session session(model);
  std::vector<float> image(kImageFloats), scores(3);
  const void* inputs[] = {image.data()};
  void* outputs[] = {scores.data()};
  session.bind(1, inputs, outputs);
  for (const unsigned seed : {1u, 2u}) {
    const std::vector<float> other = numbers(kImageFloats, seed);
    std::copy(other.begin(), other.end(), image.begin());
    session.run_bound();
    EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(other)));
  }
}

TEST_F(CppApi, LoadsFromMemory) {
  std::string bytes = read_file(path);
  const Model model = Model::from_memory(bytes.data(), bytes.size());
  bytes.clear();
  const std::vector<float> image = numbers(kImageFloats, 5);
  EXPECT_THAT(Session(model).run(image),
              Pointwise(FloatNear(kTolerance), classifier_scores(image)));
  EXPECT_EQ(status_of([] { Model::from_memory("ockham", 6); }, "model"), OCKHAM_INVALID_MODEL);
}

TEST_F(CppApi, MovesAndOutlivesItsModel) {
  const std::vector<float> image = numbers(kImageFloats, 5);
  auto model = std::make_unique<Model>(path);
  Session first(*model);
  Session second = std::move(first);
  model.reset();
  EXPECT_THAT(second.run(image), Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

TEST_F(CppApi, ThrowsWhatTheCInterfaceSays) {
  const std::string absent = folder.path("absent.ockham");
  EXPECT_EQ(status_of([&] { Model model(absent); }, absent), OCKHAM_NOT_FOUND);
  const Model model(path);
  SessionOptions options;
  options.threads = -1;
  EXPECT_EQ(status_of([&] { Session session(model, options); }, "threads"),
            OCKHAM_INVALID_ARGUMENT);
  options = {};
  options.device = OCKHAM_CUDA;
  ::setenv("OCKHAM_CUDA_MODULE", "/absent/module.so", 1);
  EXPECT_EQ(status_of([&] { Session session(model, options); }, "cuda"), OCKHAM_UNSUPPORTED);
}

TEST_F(CppApi, RefusesPartsOfImages) {
  const Model model(path);
  Session session(model);
  EXPECT_EQ(status_of([&] { session.run(numbers(kImageFloats + 1, 5)); }, "33 floats"),
            OCKHAM_INVALID_ARGUMENT);
  EXPECT_EQ(status_of([&] { session.run({}); }, "0 floats"), OCKHAM_INVALID_ARGUMENT);
}

TEST_F(CppApi, SkipsTheSelfTestWhenTold) {
  write_failing_classifier(folder.path("failing.ockham"));
  const Model model(folder.path("failing.ockham"));
  EXPECT_EQ(status_of([&] { Session session(model); }, "self-test"), OCKHAM_VERIFICATION);
  SessionOptions options;
  options.self_test = false;
  EXPECT_NO_THROW(Session(model, options));
}

TEST_F(CppApi, SharesAPoolOfThreads) {
  write_large_layer(path);
  const Model model(path);
  const std::vector<float> x = numbers(1000, 6);
  const std::vector<float> expected = Session(model, {.threads = 2}).run(x);
  const ThreadPool pool(2);
  Session first(model, {.thread_pool = pool}), second(model, {.thread_pool = pool});
  EXPECT_EQ(first.run(x), expected);
  EXPECT_EQ(second.run(x), expected);
}

TEST_F(CppApi, RunsOnTheCallersThreads) {
  write_large_layer(path);
  const Model model(path);
  const std::vector<float> x = numbers(1000, 6);
  int parts_done = 0;
  SessionOptions options;
  options.thread_pool = ThreadPool(3, [&](int parts, const std::function<void(int)>& call) {
    for (; parts > 0; ++parts_done) call(--parts);
  });
  Session session(model, options);
  options.thread_pool.reset();  // the session keeps it
  EXPECT_EQ(session.run(x), Session(model, {.threads = 3}).run(x));
  EXPECT_EQ(parts_done, 3);
}

TEST_F(CppApi, CancelsARunBeforeItsNextStep) {
  write_large_layer(path, 2);
  const Model model(path);
  const std::vector<float> x = numbers(1000, 6);
  Session* running = nullptr;  // where its first step is to be the last
  int loops = 0;
  SessionOptions options;
  options.thread_pool = ThreadPool(2, [&](int parts, const std::function<void(int)>& call) {
    if (running != nullptr) std::thread([&] { running->cancel(); }).join();
    ++loops;
    for (; parts > 0;) call(--parts);
  });
  Session session(model, options);
  const std::vector<float> expected = session.run(x);
  ASSERT_EQ(loops, 2);
  running = &session;
  EXPECT_EQ(status_of([&] { session.run(x); }, "the run was cancelled"), OCKHAM_CANCELLED);
  EXPECT_EQ(loops, 3);
  running = nullptr;
  EXPECT_EQ(session.run(x), expected);
}

TEST_F(CppApi, CancelsNoRunThatHasNotBegun) {
  const Model model(path);
  Session session(model);
  session.cancel();
  const std::vector<float> image = numbers(kImageFloats, 5);
  EXPECT_THAT(session.run(image), Pointwise(FloatNear(kTolerance), classifier_scores(image)));
  ockham_session_cancel(nullptr);
}

TEST_F(CppApi, TellsMemoryAndPlan) {
  const Model model(path);
  const Session session(model);
  EXPECT_GE(session.memory().arena, 5 * 4 * 4 * sizeof(float));
  EXPECT_THAT(session.explain(), HasSubstr("conv"));
}

TEST_F(CppApi, TunesOnTheCpu) {
  const EnvironmentValue nowhere("OCKHAM_CACHE_DIR", "");
  const Model model(path);
  SessionOptions options;
  options.tune = true;
  Session session(model, options);
  const std::vector<float> image = numbers(kImageFloats, 1);
  std::vector<float> scores(3);
  const float* const inputs[] = {image.data()};
  float* const outputs[] = {scores.data()};
  session.run(1, inputs, outputs);
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

}  // namespace
}  // namespace ockham::tests
