// Both public interfaces on CUDA, by way of a fake module, whose device has its memory on the host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "ockham/ockham.hpp"
#include "tests/runtime/api/test_models.h"
#include "tests/runtime/session/fake_cuda_module.h"

namespace ockham::tests {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Not;
using testing::Pointwise;

constexpr std::size_t kImageFloats = 32;  // 2 channels of 4x4
constexpr float kTolerance = 1e-5f;

/// Expects an Exception of this status whose text mentions `what`.
template <class Call>
void expect_refused(ockham_status status, const std::string& what, Call&& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Exception& exception) {
    EXPECT_EQ(exception.status(), status) << exception.what();
    EXPECT_THAT(exception.what(), HasSubstr(what));
    EXPECT_THAT(exception.what(), Not(HasSubstr("\n")));
  }
}

class CudaApi : public testing::Test {
 protected:
  CudaApi() {
    ::setenv("OCKHAM_CUDA_MODULE", FAKE_CUDA, 1);
    write_classifier(path);
    options.device = OCKHAM_CUDA;
  }

  ModelFolder folder;
  std::string path = folder.path("classifier.ockham");
  SessionOptions options;
  std::vector<float> image = numbers(kImageFloats, 5);
  std::vector<float> scores = std::vector<float>(3);
  const float* inputs[1] = {image.data()};
  float* outputs[1] = {scores.data()};
};

TEST_F(CudaApi, Runs) {
  Session session(Model(path), options);
  EXPECT_THAT(session.run(image), Pointwise(FloatNear(kTolerance), classifier_scores(image)));
  EXPECT_THAT(session.explain(), HasSubstr("fake"));
}

TEST_F(CudaApi, RunsInEachPrecisionThatTheSelfTestAllows) {
  const Model model(path);
  for (const int precision : {OCKHAM_PRECISION_TF32, OCKHAM_PRECISION_FP16}) {
    options.precision = precision;
    const auto rounded = Session(model, options).run(image);
    EXPECT_THAT(rounded, Not(Pointwise(FloatNear(kTolerance), classifier_scores(image))));
    EXPECT_THAT(rounded, Pointwise(FloatNear(0.1f), classifier_scores(image)));
  }
  options.precision = OCKHAM_PRECISION_BF16;
  expect_refused(OCKHAM_VERIFICATION, "in precision 'bf16'", [&] { Session(model, options); });
}

TEST_F(CudaApi, PassesPointersToTheDeviceThrough) {
  Session session(Model(path), options);
  session.run(1, inputs, outputs, OCKHAM_CUDA);
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

TEST_F(CudaApi, RefusesADeviceThatThereIsNot) {
  Session session(Model(path), options);
  expect_refused(OCKHAM_INVALID_ARGUMENT, "device 2, expected OCKHAM_CPU (0) or OCKHAM_CUDA (1)",
                 [&] { session.run(1, inputs, outputs, 2); });
}

TEST_F(CudaApi, RefusesDataOnTheDeviceWhereTheSessionRunsOnTheCpu) {
  Session session{Model(path)};
  expect_refused(OCKHAM_INVALID_ARGUMENT,
                 "input 'image': data on device 1, expected OCKHAM_CPU (0)",
                 [&] { session.run(1, inputs, outputs, OCKHAM_CUDA); });
}

TEST_F(CudaApi, GivesWholeNumbersOnTheHostOnly) {
  write_arg_max(folder.path("arg_max.ockham"));
  Session session(Model(folder.path("arg_max.ockham")), options);
  const float four[] = {1, 2, 9, 3};
  std::int64_t found = -1;
  const float* reads[] = {four};
  void* writes[] = {&found};
  session.run(1, reads, writes);
  EXPECT_EQ(found, 2);
  expect_refused(OCKHAM_INVALID_ARGUMENT, "expected OCKHAM_CPU (0) for elements of OCKHAM_INT64",
                 [&] { session.run(1, reads, writes, OCKHAM_CUDA); });
}

// ---- Failures ----------------------------------------------------------------------------------

TEST_F(CudaApi, SaysWhyTheDeviceFailed) {
  Session session(Model(path), options);
  const std::vector<float> good = image;
  image[0] = std::nanf("");
  expect_refused(OCKHAM_INTERNAL, kFakeFailure, [&] { session.run(1, inputs, outputs); });
  image = good;
  EXPECT_NO_THROW(session.run(1, inputs, outputs));
}

// ---- The caller's stream -----------------------------------------------------------------------

class CudaStream : public CudaApi {
 protected:
  CudaStream() {
    options.stream = &runs;
    options.self_test = false;
  }

  FakeStream runs = 0;
};

TEST_F(CudaStream, GetsTheRuns) {
  Session session(Model(path), options);
  session.run(1, inputs, outputs);
  EXPECT_EQ(runs, 1);
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

TEST_F(CudaStream, GetsEnqueuedRuns) {
  Session session(Model(path), options);
  session.enqueue(1, inputs, outputs);
  EXPECT_EQ(runs, 1);
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

TEST_F(CudaStream, IsNeededToEnqueue) {
  options.stream = nullptr;
  Session session(Model(path), options);
  expect_refused(OCKHAM_INVALID_ARGUMENT, "ockham_session_options.stream",
                 [&] { session.enqueue(1, inputs, outputs); });
}

TEST_F(CudaStream, TakesEnqueuedRunsOnTheDeviceOnly) {
  Session session(Model(path), options);
  ockham_tensor input{sizeof(ockham_tensor), image.data(), OCKHAM_FLOAT32, OCKHAM_CUDA, 4,
                      {1, 2, 4, 4}};
  ockham_tensor output{sizeof(ockham_tensor), scores.data(), OCKHAM_FLOAT32, OCKHAM_CPU, 2, {1, 3}};
  const auto enqueue = [&] { check(ockham_session_enqueue(session.get(), &input, 1, &output, 1)); };
  expect_refused(OCKHAM_INVALID_ARGUMENT,
                 "output 'scores': data on device 0, expected OCKHAM_CUDA (1)", enqueue);
  output.device = OCKHAM_CUDA;
  input.device = OCKHAM_CPU;
  expect_refused(OCKHAM_INVALID_ARGUMENT,
                 "input 'image': data on device 0, expected OCKHAM_CUDA (1)", enqueue);
  EXPECT_EQ(runs, 0);
  input.device = OCKHAM_CUDA;
  EXPECT_NO_THROW(enqueue());
  EXPECT_EQ(runs, 1);
}

TEST_F(CudaStream, TakesNoEnqueuedRunsThatGiveWholeNumbers) {
  write_arg_max(folder.path("arg_max.ockham"));
  Session session(Model(folder.path("arg_max.ockham")), options);
  expect_refused(OCKHAM_INVALID_ARGUMENT, "expected OCKHAM_CPU (0) for elements of OCKHAM_INT64",
                 [&] { session.enqueue(1, inputs, outputs); });
  EXPECT_EQ(runs, 0);
}

TEST_F(CudaStream, IsRefusedOnTheCpu) {
  const Model model(path);
  options.device = OCKHAM_CPU;
  expect_refused(OCKHAM_UNSUPPORTED, "a stream was given, but device 'cpu' has none",
                 [&] { Session(model, options); });
}

// ---- Options -----------------------------------------------------------------------------------

TEST_F(CudaApi, RefusesPrecisionsOnTheCpuAndUnknownOnes) {
  const Model model(path);
  options.precision = 4;
  expect_refused(OCKHAM_INVALID_ARGUMENT, "precision 4", [&] { Session(model, options); });
  options.precision = -1;
  expect_refused(OCKHAM_INVALID_ARGUMENT, "precision -1", [&] { Session(model, options); });
  options.precision = OCKHAM_PRECISION_FP16;
  options.device = OCKHAM_CPU;
  expect_refused(OCKHAM_UNSUPPORTED, "'fp16'", [&] { Session(model, options); });
}

TEST_F(CudaApi, TakesOptionsOfACallerThatKnowsNoPrecision) {
  const Model model(path);
  ockham_session_options old{};
  old.struct_size = offsetof(ockham_session_options, precision);
  old.device = OCKHAM_CPU;
  old.precision = 77;  // what follows in memory is not its struct
  ockham_session* session = nullptr;
  EXPECT_EQ(ockham_session_create(model.get(), &old, &session), OCKHAM_OK) << ockham_last_error();
  ockham_session_destroy(session);
}

TEST_F(CudaApi, TakesOptionsOfACallerThatKnowsNoStream) {
  const Model model(path);
  ockham_session_options old{};
  old.struct_size = offsetof(ockham_session_options, stream);
  old.device = OCKHAM_CUDA;
  old.stream = this;  // what follows in memory is not its struct
  ockham_session* session = nullptr;
  EXPECT_EQ(ockham_session_create(model.get(), &old, &session), OCKHAM_OK) << ockham_last_error();
  EXPECT_EQ(ockham_session_enqueue(session, nullptr, 0, nullptr, 0), OCKHAM_INVALID_ARGUMENT);
  EXPECT_THAT(ockham_last_error(), HasSubstr("a stream of its own"));
  ockham_session_destroy(session);
}

TEST_F(CudaApi, RefusesTuningThatIsNeitherOnNorOff) {
  const Model model(path);
  ockham_session_options wanted{};
  wanted.struct_size = sizeof wanted;
  wanted.tune = 2;
  ockham_session* session = nullptr;
  EXPECT_EQ(ockham_session_create(model.get(), &wanted, &session), OCKHAM_INVALID_ARGUMENT);
  EXPECT_THAT(ockham_last_error(), HasSubstr("tune is 2"));
}

TEST_F(CudaApi, ExplainsWhatTuningSays) {
  options.tune = true;
  EXPECT_THAT(Session(Model(path), options).explain(), HasSubstr("there is nothing to measure"));
}

TEST_F(CudaApi, LogsWhatTuningSays) {
  std::vector<std::string> lines;
  options.log = [&](const char* text) { lines.emplace_back(text); };
  const Model model(path);
  const Session untuned(model, options);
  EXPECT_THAT(lines, testing::IsEmpty());
  options.tune = true;
  const Session tuned(model, options);
  EXPECT_THAT(lines, testing::ElementsAre(HasSubstr("there is nothing to measure")));
}

}  // namespace
}  // namespace ockham::tests
