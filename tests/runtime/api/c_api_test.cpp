// The C interface: what it answers, and every way to misuse it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ockham/ockham.h"
#include "tests/runtime/api/c_caller.h"
#include "tests/runtime/api/test_models.h"

namespace ockham::tests {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

constexpr std::size_t kImageFloats = 32;  // 2 channels of 4x4
constexpr float kTolerance = 1e-5f;

ockham_tensor tensor(float* data, const std::vector<std::int64_t>& shape) {
  ockham_tensor result{};
  result.struct_size = sizeof result;
  result.data = data;
  result.element_type = OCKHAM_FLOAT32;
  result.device = OCKHAM_CPU;
  result.rank = static_cast<std::int64_t>(shape.size());
  std::copy(shape.begin(), shape.end(), result.shape);
  return result;
}

template <class T>
T sized() {
  T result{};
  result.struct_size = sizeof(T);
  return result;
}

/// Expects that a call failed with this status, and that the text mentions `what`.
void expect_failure(ockham_status status, ockham_status expected, const std::string& what) {
  EXPECT_EQ(status, expected) << ockham_last_error();
  EXPECT_THAT(ockham_last_error(), HasSubstr(what));
  EXPECT_EQ(std::strchr(ockham_last_error(), '\n'), nullptr);
}

/// Gives up what a test made.
struct Handles {
  ockham_model* model = nullptr;
  ockham_session* session = nullptr;
  ~Handles() {
    ockham_session_destroy(session);
    ockham_model_destroy(model);
  }
};

class CApi : public testing::Test {
 protected:
  CApi() { write_classifier(classifier_path); }

  void load(const std::string& path) {
    ASSERT_EQ(ockham_model_load(path.c_str(), &handles.model), OCKHAM_OK) << ockham_last_error();
  }
  void create(const ockham_session_options* options) {
    ASSERT_EQ(ockham_session_create(handles.model, options, &handles.session), OCKHAM_OK)
        << ockham_last_error();
  }
  void load_and_create(std::int64_t max_batch) {
    load(classifier_path);
    auto options = sized<ockham_session_options>();
    options.max_batch = max_batch;
    create(&options);
  }
  void expect_session_failure(const ockham_session_options& options, ockham_status expected,
                              const std::string& what) {
    ockham_session* session = handles.session;
    expect_failure(ockham_session_create(handles.model, &options, &session), expected, what);
    EXPECT_EQ(session, nullptr);
  }

  ModelFolder folder;
  std::string classifier_path = folder.path("classifier.ockham");
  Handles handles;
};

// ---- The library -------------------------------------------------------------------------------

TEST(CApiLibrary, HasAVersionOfThreeNumbers) {
  EXPECT_THAT(ockham_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(CApiLibrary, IsOfItsHeadersVersion) {
  const std::string of_header = std::to_string(OCKHAM_VERSION_MAJOR) + "." +
                                std::to_string(OCKHAM_VERSION_MINOR) + "." +
                                std::to_string(OCKHAM_VERSION_PATCH);
  EXPECT_EQ(ockham_version(), of_header);
}

TEST(CApiLibrary, TakesProgramsOfItsVersionAndOlderOnes) {
  const int major = OCKHAM_VERSION_MAJOR, minor = OCKHAM_VERSION_MINOR,
            patch = OCKHAM_VERSION_PATCH;
  EXPECT_EQ(ockham_version_check(major, minor, patch), OCKHAM_OK);
  EXPECT_EQ(ockham_version_check(major, minor - 1, patch + 1), OCKHAM_OK);
  const std::string runs_with = std::string("but runs with libockham ") + ockham_version();
  expect_failure(ockham_version_check(major, minor, patch + 1), OCKHAM_UNSUPPORTED, runs_with);
  expect_failure(ockham_version_check(major, minor + 1, 0), OCKHAM_UNSUPPORTED, runs_with);
  expect_failure(ockham_version_check(major + 1, 0, 0), OCKHAM_UNSUPPORTED,
                 "compiled with ockham.h " + std::to_string(major + 1) + ".0.0");
}

TEST(CApiLibrary, HasADifferentTextForEachStatus) {
  std::set<std::string> texts;
  for (int status = OCKHAM_OK; status <= OCKHAM_CANCELLED; ++status) {
    texts.insert(ockham_status_text(static_cast<ockham_status>(status)));
  }
  EXPECT_EQ(texts.size(), 10u);
  EXPECT_EQ(texts.count("unknown status"), 0u);
  EXPECT_STREQ(ockham_status_text(static_cast<ockham_status>(12)), "unknown status");
}

TEST(CApiLibrary, DestroyingNothingIsAllowed) {
  ockham_model_destroy(nullptr);
  ockham_session_destroy(nullptr);
  ockham_thread_pool_destroy(nullptr);
}

TEST(CApiLibrary, IsUsableFromC99) {
  const ModelFolder folder;
  write_classifier(folder.path("classifier.ockham"));
  const std::vector<float> image = numbers(kImageFloats, 11);
  std::vector<float> scores(3);
  ASSERT_EQ(
      c_load_and_run(folder.path("classifier.ockham").c_str(), image.data(), scores.data(), 3),
      OCKHAM_OK)
      << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(image)));
  EXPECT_EQ(c_load_and_run(folder.path("absent.ockham").c_str(), image.data(), scores.data(), 3),
            OCKHAM_NOT_FOUND);
}

// ---- Models ------------------------------------------------------------------------------------

TEST_F(CApi, DescribesInputsAndOutputs) {
  load(classifier_path);
  EXPECT_EQ(ockham_model_input_count(handles.model), 1u);
  EXPECT_EQ(ockham_model_output_count(handles.model), 1u);

  auto input = sized<ockham_value_info>();
  ASSERT_EQ(ockham_model_input(handles.model, 0, &input), OCKHAM_OK);
  EXPECT_STREQ(input.name, "image");
  EXPECT_EQ(input.element_type, OCKHAM_FLOAT32);
  EXPECT_EQ(input.rank, 4);
  EXPECT_THAT(input.shape, ElementsAre(OCKHAM_BATCH, 2, 4, 4, 0, 0, 0, 0));

  auto output = sized<ockham_value_info>();
  ASSERT_EQ(ockham_model_output(handles.model, 0, &output), OCKHAM_OK);
  EXPECT_STREQ(output.name, "scores");
  EXPECT_EQ(output.rank, 2);
  EXPECT_THAT(output.shape, ElementsAre(OCKHAM_BATCH, 3, 0, 0, 0, 0, 0, 0));
}

TEST_F(CApi, KeepsTheOrderOfSeveralInputsAndOutputs) {
  write_adder(folder.path("adder.ockham"));
  load(folder.path("adder.ockham"));
  ASSERT_EQ(ockham_model_input_count(handles.model), 2u);
  ASSERT_EQ(ockham_model_output_count(handles.model), 2u);
  auto info = sized<ockham_value_info>();
  ASSERT_EQ(ockham_model_input(handles.model, 1, &info), OCKHAM_OK);
  EXPECT_STREQ(info.name, "right");
  ASSERT_EQ(ockham_model_output(handles.model, 0, &info), OCKHAM_OK);
  EXPECT_STREQ(info.name, "sum");
}

TEST_F(CApi, RefusesToDescribeWhatIsNotThere) {
  load(classifier_path);
  auto info = sized<ockham_value_info>();
  expect_failure(ockham_model_input(handles.model, 1, &info), OCKHAM_INVALID_ARGUMENT,
                 "input 1 does not exist: the model has 1");
  expect_failure(ockham_model_output(handles.model, 9, &info), OCKHAM_INVALID_ARGUMENT,
                 "output 9 does not exist");
  expect_failure(ockham_model_input(nullptr, 0, &info), OCKHAM_INVALID_ARGUMENT, "model is NULL");
  expect_failure(ockham_model_output(handles.model, 0, nullptr), OCKHAM_INVALID_ARGUMENT,
                 "info is NULL");
  info.struct_size = 0;
  expect_failure(ockham_model_input(handles.model, 0, &info), OCKHAM_INVALID_ARGUMENT,
                 "struct_size is 0");
  EXPECT_EQ(ockham_model_input_count(nullptr), 0u);
  EXPECT_EQ(ockham_model_output_count(nullptr), 0u);
}

TEST_F(CApi, TellsThePreprocessing) {
  load(classifier_path);
  auto preprocessing = sized<ockham_preprocessing>();
  ASSERT_EQ(ockham_model_preprocessing(handles.model, 0, &preprocessing), OCKHAM_OK);
  EXPECT_FLOAT_EQ(static_cast<float>(preprocessing.scale), 1.0f / 255.0f);
  ASSERT_EQ(preprocessing.mean_count, 2u);
  EXPECT_EQ(preprocessing.mean[1], 0.5f);
  ASSERT_EQ(preprocessing.standard_deviation_count, 2u);
  EXPECT_EQ(preprocessing.standard_deviation[1], 2.0f);
  expect_failure(ockham_model_preprocessing(handles.model, 1, &preprocessing),
                 OCKHAM_INVALID_ARGUMENT, "input 1 does not exist");
  expect_failure(ockham_model_preprocessing(handles.model, 0, nullptr), OCKHAM_INVALID_ARGUMENT,
                 "preprocessing is NULL");
}

TEST_F(CApi, NoPreprocessingIsTheIdentity) {
  write_adder(folder.path("adder.ockham"));
  load(folder.path("adder.ockham"));
  auto preprocessing = sized<ockham_preprocessing>();
  ASSERT_EQ(ockham_model_preprocessing(handles.model, 1, &preprocessing), OCKHAM_OK);
  EXPECT_EQ(preprocessing.scale, 1.0);
  EXPECT_EQ(preprocessing.mean_count, 0u);
  EXPECT_EQ(preprocessing.standard_deviation_count, 0u);
}

TEST_F(CApi, TellsTheProvenance) {
  load(classifier_path);
  EXPECT_STREQ(ockham_model_provenance(handles.model, "method"), "group-ard");
  EXPECT_STREQ(ockham_model_provenance(handles.model, "seed"), "7");
  EXPECT_EQ(ockham_model_provenance(handles.model, "sauce"), nullptr);
  EXPECT_EQ(ockham_model_provenance(handles.model, nullptr), nullptr);
  EXPECT_EQ(ockham_model_provenance(nullptr, "seed"), nullptr);
  ASSERT_EQ(ockham_model_provenance_count(handles.model), 2u);
  EXPECT_STREQ(ockham_model_provenance_key(handles.model, 1), "seed");
  EXPECT_EQ(ockham_model_provenance_key(handles.model, 2), nullptr);
  EXPECT_EQ(ockham_model_provenance_count(nullptr), 0u);
  EXPECT_EQ(ockham_model_provenance_key(nullptr, 0), nullptr);
}

TEST_F(CApi, RefusesToLoadWhatIsNoModel) {
  ockham_model* model = handles.model;
  const std::string absent = folder.path("absent.ockham");
  expect_failure(ockham_model_load(absent.c_str(), &model), OCKHAM_NOT_FOUND, absent);
  EXPECT_EQ(model, nullptr);

  const std::string onnx = folder.path("lenet.onnx");
  write_file(onnx, std::string("\x08\x08\x12\x07pytorch", 11) + std::string(200, 'x'));
  expect_failure(ockham_model_load(onnx.c_str(), &model), OCKHAM_INVALID_MODEL, onnx);
  EXPECT_EQ(model, nullptr);

  const std::string empty = folder.path("empty.ockham");
  write_file(empty, "");
  expect_failure(ockham_model_load(empty.c_str(), &model), OCKHAM_INVALID_MODEL, empty);

  expect_failure(ockham_model_load(nullptr, &model), OCKHAM_INVALID_ARGUMENT, "path is NULL");
  expect_failure(ockham_model_load(classifier_path.c_str(), nullptr), OCKHAM_INVALID_ARGUMENT,
                 "model is NULL");
}

TEST_F(CApi, FailedLoadingClearsTheHandle) {
  int something = 0;
  auto* model = reinterpret_cast<ockham_model*>(&something);
  EXPECT_NE(ockham_model_load("/nowhere/absent.ockham", &model), OCKHAM_OK);
  EXPECT_EQ(model, nullptr);
}

TEST_F(CApi, LoadsFromMemoryThatGoesAway) {
  std::string bytes = read_file(classifier_path);
  bytes.insert(bytes.begin(), '?');  // the model's bytes need not be aligned
  ASSERT_EQ(ockham_model_load_memory(bytes.data() + 1, bytes.size() - 1, &handles.model), OCKHAM_OK)
      << ockham_last_error();
  std::fill(bytes.begin(), bytes.end(), '\0');
  create(nullptr);
  std::vector<float> image = numbers(kImageFloats, 5), scores(3);
  const ockham_tensor input = tensor(image.data(), {1, 2, 4, 4});
  const ockham_tensor output = tensor(scores.data(), {1, 3});
  ASSERT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK);
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(image)));
}

TEST_F(CApi, RefusesDamagedMemory) {
  std::string bytes = read_file(classifier_path);
  ockham_model* model = nullptr;
  EXPECT_EQ(ockham_model_load_memory(bytes.data(), bytes.size() - 1, &model), OCKHAM_INVALID_MODEL);
  EXPECT_EQ(ockham_model_load_memory(bytes.data(), 0, &model), OCKHAM_INVALID_MODEL);
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(ockham_model_load_memory(bytes.data(), bytes.size(), &model), OCKHAM_INVALID_MODEL);
  EXPECT_EQ(model, nullptr);
  expect_failure(ockham_model_load_memory(nullptr, 100, &model), OCKHAM_INVALID_ARGUMENT,
                 "bytes is NULL");
  expect_failure(ockham_model_load_memory(bytes.data(), bytes.size(), nullptr),
                 OCKHAM_INVALID_ARGUMENT, "model is NULL");
}

// ---- Creating sessions -------------------------------------------------------------------------

TEST_F(CApi, RefusesSessionsOfNothing) {
  load(classifier_path);
  ockham_session* session = nullptr;
  expect_failure(ockham_session_create(nullptr, nullptr, &session), OCKHAM_INVALID_ARGUMENT,
                 "model is NULL");
  expect_failure(ockham_session_create(handles.model, nullptr, nullptr), OCKHAM_INVALID_ARGUMENT,
                 "session is NULL");
}

TEST_F(CApi, RefusesOptionsOutOfRange) {
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  options.max_batch = -1;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "max_batch is -1");
  options = sized<ockham_session_options>();
  options.threads = -2;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "threads is -2");
  options = sized<ockham_session_options>();
  options.device = 7;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "device 7");
  options = sized<ockham_session_options>();
  options.kernels = 9;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "kernels 9");
}

TEST(CApiThreadPool, RefusesThreadsOutOfRange) {
  auto options = sized<ockham_thread_pool_options>();
  ockham_thread_pool* pool = nullptr;
  for (const int threads : {-1, 1025}) {
    options.threads = threads;
    expect_failure(ockham_thread_pool_create(&options, &pool), OCKHAM_INVALID_ARGUMENT,
                   "threads is " + std::to_string(threads) + ", expected 1 to 1024");
    EXPECT_EQ(pool, nullptr);
  }
  expect_failure(ockham_thread_pool_create(nullptr, nullptr), OCKHAM_INVALID_ARGUMENT,
                 "pool is NULL");
  options = {};
  expect_failure(ockham_thread_pool_create(&options, &pool), OCKHAM_INVALID_ARGUMENT,
                 "struct_size is 0");
}

TEST_F(CApi, SessionsKeepTheirThreadPool) {
  write_large_layer(classifier_path);
  load(classifier_path);
  ockham_thread_pool* pool = nullptr;
  ASSERT_EQ(ockham_thread_pool_create(nullptr, &pool), OCKHAM_OK) << ockham_last_error();
  auto options = sized<ockham_session_options>();
  options.thread_pool = pool;
  create(&options);
  ockham_thread_pool_destroy(pool);
  std::vector<float> x = numbers(1000, 7), y(1000, 0.0f);
  const ockham_tensor input = tensor(x.data(), {1, 1000}), output = tensor(y.data(), {1, 1000});
  EXPECT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK);
  EXPECT_THAT(y, Each(testing::Ne(0.0f)));
}

TEST_F(CApi, RefusesCudaWhereThereIsNone) {
  ::setenv("OCKHAM_CUDA_MODULE", "/absent/module.so", 1);
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  options.device = OCKHAM_CUDA;
  expect_session_failure(options, OCKHAM_UNSUPPORTED, "/absent/module.so");
}

TEST_F(CApi, RefusesSessionsOverTheMemoryLimit) {
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  options.memory_limit = 64;
  expect_session_failure(options, OCKHAM_OUT_OF_MEMORY, "64");
}

TEST_F(CApi, ReplaysTheSelfTestUnlessToldNotTo) {
  write_failing_classifier(folder.path("failing.ockham"));
  load(folder.path("failing.ockham"));
  auto options = sized<ockham_session_options>();
  expect_session_failure(options, OCKHAM_VERIFICATION, "scores");
  options.skip_self_test = 1;
  create(&options);
}

TEST_F(CApi, RefusesFlagsThatAreNeitherOnNorOff) {
  load(classifier_path);
  for (const std::int32_t flag : {2, -1}) {
    auto options = sized<ockham_session_options>();
    options.skip_self_test = flag;
    expect_session_failure(options, OCKHAM_INVALID_ARGUMENT,
                           "skip_self_test is " + std::to_string(flag) + ", expected 0 or 1");
  }
}

TEST_F(CApi, RefusesAStructSizeThatCannotBe) {
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  options.struct_size = 0;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "struct_size is 0");
  options.struct_size = std::size_t{1} << 40;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "struct_size is 1099511627776");
}

TEST_F(CApi, RefusesFormatsThatCannotBe) {
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  ockham_array_format formats[] = {sized<ockham_array_format>(), sized<ockham_array_format>()};
  options.input_format_count = 1;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "input formats is NULL");
  options.input_formats = formats;
  formats[0].layout = 7;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "input format 0: layout 7 is unknown");
  formats[0].layout = OCKHAM_NCHW;
  formats[0].element_type = OCKHAM_INT64;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "element type 2, expected OCKHAM_UINT8");
  formats[0].element_type = OCKHAM_UINT8;
  auto preprocessing = sized<ockham_preprocessing>();
  preprocessing.mean_count = 2;
  formats[0].preprocessing = &preprocessing;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "preprocessing.mean is NULL");
  formats[0].layout = OCKHAM_NHWC;
  formats[1].struct_size += 8;
  options.input_format_count = 2;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "input format 1: struct_size is");
  formats[0].struct_size = 0;
  expect_session_failure(options, OCKHAM_INVALID_ARGUMENT, "struct_size is 0");
}

TEST_F(CApi, RunsOnImagesWithTheirChannelsLast) {
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  auto format = sized<ockham_array_format>();
  format.layout = OCKHAM_NHWC;
  options.max_batch = 2;
  options.input_formats = &format;
  options.input_format_count = 1;
  create(&options);
  const std::vector<float> images = numbers(2 * kImageFloats, 8);
  std::vector<float> pixels, scores(2 * 3);
  for (std::size_t i = 0; i < images.size(); ++i) {
    pixels.push_back(images[i / kImageFloats * kImageFloats + i % 2 * 16 + i % kImageFloats / 2]);
  }
  ockham_tensor input = tensor(pixels.data(), {2, 4, 4, 2});
  ockham_tensor output = tensor(scores.data(), {2, 3});
  ASSERT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK)
      << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(images)));
  input = tensor(pixels.data(), {2, 2, 4, 4});
  expect_failure(ockham_session_run(handles.session, &input, 1, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "shape [2, 2, 4, 4], expected [2, 4, 4, 2]");
}

/// A picture of the classifier's, its channels last, and what the model's preprocessing makes of
/// it.
struct Picture {
  Picture() {
    for (std::size_t i = 0; i < kImageFloats; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(i * 41));
    }
    for (std::size_t i = 0; i < kImageFloats; ++i) {
      const std::size_t channel = i / 16;
      const auto byte = static_cast<float>(bytes[i % 16 * 2 + channel]);
      const float mean = channel == 0 ? 0.25f : 0.5f, deviation = channel == 0 ? 1.0f : 2.0f;
      floats.push_back((byte * (1.0f / 255.0f) - mean) / deviation);
    }
  }
  std::vector<std::uint8_t> bytes;
  std::vector<float> floats;
};

TEST_F(CApi, RunsOnBytesOfPictures) {
  load(classifier_path);
  auto options = sized<ockham_session_options>();
  auto format = sized<ockham_array_format>();
  format.layout = OCKHAM_NHWC;
  format.element_type = OCKHAM_UINT8;
  options.input_formats = &format;
  options.input_format_count = 1;
  create(&options);
  Picture picture;
  std::vector<float> scores(3);
  ockham_tensor input = tensor(nullptr, {1, 4, 4, 2});
  ockham_tensor output = tensor(scores.data(), {1, 3});
  input.data = picture.bytes.data();
  expect_failure(ockham_session_run(handles.session, &input, 1, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "element type 1, expected OCKHAM_UINT8 (3)");
  input.element_type = OCKHAM_UINT8;
  ASSERT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK)
      << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(picture.floats)));
}

TEST_F(CApi, PreparesBytesAsTheOptionsSay) {
  load(classifier_path);
  const float mean[] = {3.0f, 5.0f}, deviation[] = {600.0f, 700.0f};
  auto preprocessing = sized<ockham_preprocessing>();  // scale 0 means 1
  preprocessing.mean_count = preprocessing.standard_deviation_count = 2;
  preprocessing.mean = mean;
  preprocessing.standard_deviation = deviation;
  auto format = sized<ockham_array_format>();
  format.element_type = OCKHAM_UINT8;
  format.preprocessing = &preprocessing;
  auto options = sized<ockham_session_options>();
  options.input_formats = &format;
  options.input_format_count = 1;
  create(&options);
  std::vector<std::uint8_t> bytes;
  std::vector<float> floats, scores(3);
  for (std::size_t i = 0; i < kImageFloats; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(i * 41));
    floats.push_back((static_cast<float>(bytes[i]) - mean[i / 16]) / deviation[i / 16]);
  }
  ockham_tensor input = tensor(nullptr, {1, 2, 4, 4}), output = tensor(scores.data(), {1, 3});
  input.data = bytes.data();
  input.element_type = OCKHAM_UINT8;
  ASSERT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK)
      << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(floats)));
}

TEST_F(CApi, TakesOptionsOfAnOlderCallerWithDefaults) {
  load(classifier_path);
  // A caller that knows max_batch only; what follows in memory is not its struct.
  auto options = sized<ockham_session_options>();
  std::memset(&options, 0xff, sizeof options);
  options.struct_size = offsetof(ockham_session_options, memory_limit);
  options.max_batch = 2;
  create(&options);

  std::vector<float> images = numbers(3 * kImageFloats, 6), scores(9);
  ockham_tensor input = tensor(images.data(), {2, 2, 4, 4});
  ockham_tensor output = tensor(scores.data(), {2, 3});
  EXPECT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK);
  input.shape[0] = output.shape[0] = 3;
  expect_failure(ockham_session_run(handles.session, &input, 1, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "max_batch of 2");
}

TEST_F(CApi, TakesOptionsOfANewerCallerWhereTheirNewFieldsAreZero) {
  load(classifier_path);
  struct NewerOptions {
    ockham_session_options known;
    std::int64_t new_field;
  } options{};
  options.known.struct_size = sizeof options;
  create(&options.known);
  options.new_field = 1;
  expect_session_failure(options.known, OCKHAM_UNSUPPORTED, "newer libockham");
}

TEST_F(CApi, FillsAStructOnlyAsFarAsItReaches) {
  load(classifier_path);
  auto info = sized<ockham_value_info>();
  info.struct_size = offsetof(ockham_value_info, shape);
  std::fill(std::begin(info.shape), std::end(info.shape), 77);
  ASSERT_EQ(ockham_model_input(handles.model, 0, &info), OCKHAM_OK);
  EXPECT_EQ(info.rank, 4);
  EXPECT_THAT(info.shape, Each(77));
  EXPECT_EQ(info.struct_size, offsetof(ockham_value_info, shape));

  struct NewerInfo {
    ockham_value_info known;
    std::int64_t new_field;
  } newer{};
  newer.known.struct_size = sizeof newer;
  newer.new_field = 77;
  ASSERT_EQ(ockham_model_input(handles.model, 0, &newer.known), OCKHAM_OK);
  EXPECT_EQ(newer.known.shape[1], 2);
  EXPECT_EQ(newer.new_field, 0);
}

// ---- Running -----------------------------------------------------------------------------------

class CApiRun : public CApi {
 protected:
  static constexpr std::int64_t kMaxBatch = 4;

  CApiRun() { load_and_create(kMaxBatch); }

  ockham_status run() { return ockham_session_run(handles.session, &input, 1, &output, 1); }

  void expect_refused(const std::string& what) {
    expect_failure(run(), OCKHAM_INVALID_ARGUMENT, what);
    EXPECT_THAT(scores, Each(-77.0f));
  }

  std::vector<float> images = numbers(kMaxBatch * kImageFloats, 8);
  std::vector<float> scores = std::vector<float>(kMaxBatch * 3, -77.0f);
  ockham_tensor input = tensor(images.data(), {kMaxBatch, 2, 4, 4});
  ockham_tensor output = tensor(scores.data(), {kMaxBatch, 3});
};

TEST_F(CApiRun, AnswersAsTheReferenceDoes) {
  ASSERT_EQ(run(), OCKHAM_OK) << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(images)));
}

TEST_F(CApiRun, RunsAnyBatchUpToTheLargest) {
  const std::vector<float> expected = classifier_scores(images);
  for (std::int64_t batch = 1; batch <= kMaxBatch; ++batch) {
    std::fill(scores.begin(), scores.end(), -77.0f);
    input.shape[0] = output.shape[0] = batch;
    ASSERT_EQ(run(), OCKHAM_OK) << ockham_last_error();
    const auto end = scores.begin() + batch * 3;
    EXPECT_THAT(std::vector<float>(scores.begin(), end),
                Pointwise(FloatNear(kTolerance),
                          std::vector<float>(expected.begin(), expected.begin() + batch * 3)));
    EXPECT_THAT(std::vector<float>(end, scores.end()), Each(-77.0f));
  }
}

TEST_F(CApiRun, RunsOnBoundTensorsWhateverTheyHold) {
  ASSERT_EQ(ockham_session_bind(handles.session, &input, 1, &output, 1), OCKHAM_OK);
  for (const unsigned seed : {1u, 2u}) {
    const std::vector<float> others = numbers(images.size(), seed);
    std::copy(others.begin(), others.end(), images.begin());
    ASSERT_EQ(ockham_session_run_bound(handles.session), OCKHAM_OK) << ockham_last_error();
    EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(others)));
  }
}

TEST_F(CApiRun, KeepsWhatIsBound) {
  ASSERT_EQ(ockham_session_bind(handles.session, &input, 1, &output, 1), OCKHAM_OK);
  std::vector<float> other_images = numbers(kImageFloats, 3), other_scores(3);
  ockham_tensor other_input = tensor(other_images.data(), {1, 2, 4, 4});
  ockham_tensor other_output = tensor(other_scores.data(), {1, 3});
  ASSERT_EQ(ockham_session_run(handles.session, &other_input, 1, &other_output, 1), OCKHAM_OK);
  other_input.element_type = OCKHAM_INT64;
  expect_failure(ockham_session_bind(handles.session, &other_input, 1, &other_output, 1),
                 OCKHAM_INVALID_ARGUMENT, "element type 2");
  ASSERT_EQ(ockham_session_run_bound(handles.session), OCKHAM_OK) << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(images)));
}

TEST_F(CApiRun, RefusesToRunOnWhatIsNotBound) {
  expect_failure(ockham_session_run_bound(handles.session), OCKHAM_INVALID_ARGUMENT,
                 "no tensors are bound");
  expect_failure(ockham_session_run_bound(nullptr), OCKHAM_INVALID_ARGUMENT, "session is NULL");
}

TEST_F(CApiRun, OtherKernelsAnswerTheSame) {
  for (const int kernels : {OCKHAM_KERNELS_REFERENCE, OCKHAM_KERNELS_EXACT}) {
    ockham_session_destroy(handles.session);
    auto options = sized<ockham_session_options>();
    options.max_batch = kMaxBatch;
    options.kernels = kernels;
    create(&options);
    ASSERT_EQ(run(), OCKHAM_OK) << ockham_last_error();
    EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(images)));
  }
}

TEST_F(CApiRun, OutlivesTheModel) {
  ockham_model_destroy(handles.model);
  handles.model = nullptr;
  ASSERT_EQ(run(), OCKHAM_OK) << ockham_last_error();
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(images)));
}

TEST_F(CApiRun, TakesTensorsOfANewerCaller) {
  struct NewerTensor {
    ockham_tensor known;
    std::int64_t new_field;
  };
  NewerTensor newer_input{input, 0}, newer_output{output, 0};
  newer_input.known.struct_size = newer_output.known.struct_size = sizeof(NewerTensor);
  ASSERT_EQ(ockham_session_run(handles.session, &newer_input.known, 1, &newer_output.known, 1),
            OCKHAM_OK);
  EXPECT_THAT(scores, Pointwise(FloatNear(kTolerance), classifier_scores(images)));
  newer_input.new_field = 1;
  expect_failure(ockham_session_run(handles.session, &newer_input.known, 1, &newer_output.known, 1),
                 OCKHAM_UNSUPPORTED, "newer libockham");
}

TEST_F(CApiRun, RefusesNull) {
  expect_failure(ockham_session_run(nullptr, &input, 1, &output, 1), OCKHAM_INVALID_ARGUMENT,
                 "session is NULL");
  expect_failure(ockham_session_run(handles.session, nullptr, 1, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "inputs is NULL");
  expect_failure(ockham_session_run(handles.session, &input, 1, nullptr, 1),
                 OCKHAM_INVALID_ARGUMENT, "outputs is NULL");
  output.data = nullptr;
  expect_refused("output 'scores': data is NULL");
}

TEST_F(CApiRun, RefusesAWrongNumberOfTensors) {
  expect_failure(ockham_session_run(handles.session, &input, 0, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "0 input tensors, the model has 1");
  expect_failure(ockham_session_run(handles.session, &input, 1, &output, 2),
                 OCKHAM_INVALID_ARGUMENT, "2 output tensors, the model has 1");
}

TEST_F(CApiRun, RefusesATensorThatIsTooSmall) {
  input.struct_size = offsetof(ockham_tensor, shape);
  expect_refused("input: struct_size is");
}

TEST_F(CApiRun, RefusesAnotherElementType) {
  input.element_type = 3;
  expect_refused("input 'image': element type 3, expected OCKHAM_FLOAT32 (1)");
  input.element_type = OCKHAM_INT64;
  expect_refused("input 'image': element type 2, expected OCKHAM_FLOAT32 (1)");
}

TEST(CApiIndices, AreInt64) {
  const ModelFolder folder;
  write_arg_max(folder.path("arg_max.ockham"));
  Handles handles;
  ASSERT_EQ(ockham_model_load(folder.path("arg_max.ockham").c_str(), &handles.model), OCKHAM_OK);
  auto info = sized<ockham_value_info>();
  ASSERT_EQ(ockham_model_output(handles.model, 0, &info), OCKHAM_OK);
  EXPECT_EQ(info.element_type, OCKHAM_INT64);
  EXPECT_EQ(info.rank, 1);
  auto options = sized<ockham_session_options>();
  options.max_batch = 3;
  ASSERT_EQ(ockham_session_create(handles.model, &options, &handles.session), OCKHAM_OK);

  std::vector<float> scores = {0, 1, 5, 2, 9, 1, 1, 1, 0, 0, 0, 3};
  std::vector<std::int64_t> classes(4, -7);
  const ockham_tensor input = tensor(scores.data(), {3, 4});
  ockham_tensor output = tensor(nullptr, {3});
  output.data = classes.data();
  expect_failure(ockham_session_run(handles.session, &input, 1, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "output 'class': element type 1, expected OCKHAM_INT64");
  output.element_type = OCKHAM_INT64;
  ASSERT_EQ(ockham_session_run(handles.session, &input, 1, &output, 1), OCKHAM_OK)
      << ockham_last_error();
  EXPECT_THAT(classes, ElementsAre(2, 0, 3, -7));

  output.data = reinterpret_cast<char*>(classes.data()) + 4;
  expect_failure(ockham_session_run(handles.session, &input, 1, &output, 1),
                 OCKHAM_INVALID_ARGUMENT, "not aligned to the 8 bytes");
}

TEST_F(CApiRun, RefusesAnotherDevice) {
  output.device = OCKHAM_CUDA;
  expect_refused("output 'scores': data on device 1");
}

TEST_F(CApiRun, RefusesDataThatIsNotAligned) {
  input.data = reinterpret_cast<char*>(images.data()) + 1;
  expect_refused("input 'image': data is not aligned");
}

TEST_F(CApiRun, RefusesAnotherShape) {
  input.shape[2] = 5;
  expect_refused("input 'image': shape [4, 2, 5, 4], expected [4, 2, 4, 4]");
}

TEST_F(CApiRun, RefusesAnotherRank) {
  output.rank = 3;
  expect_refused("output 'scores': shape [4, 3, 0], expected [4, 3]");
  output.rank = -1;
  expect_refused("output 'scores': shape of rank -1");
  input.rank = 9;
  expect_refused("input 0: rank 9");
}

TEST_F(CApiRun, RefusesABatchOutOfRange) {
  input.shape[0] = output.shape[0] = 0;
  expect_refused("a batch of 0 images");
  input.shape[0] = output.shape[0] = -1;
  expect_refused("a batch of -1 images");
  input.shape[0] = output.shape[0] = kMaxBatch + 1;
  expect_refused("a batch of 5 images, expected 1 to the session's max_batch of 4");
}

TEST_F(CApiRun, RefusesBatchesThatDiffer) {
  output.shape[0] = 2;
  expect_refused("output 'scores': shape [2, 3], expected [4, 3]");
}

TEST_F(CApi, RunsSeveralInputsAndOutputs) {
  write_adder(folder.path("adder.ockham"));
  load(folder.path("adder.ockham"));
  create(nullptr);
  std::vector<float> left = {1, -2, 3}, right = {10, -20, -30}, sum(3), positive(3);
  ockham_tensor inputs[] = {tensor(left.data(), {1, 3}), tensor(right.data(), {1, 3})};
  const ockham_tensor outputs[] = {tensor(sum.data(), {1, 3}), tensor(positive.data(), {1, 3})};
  ASSERT_EQ(ockham_session_run(handles.session, inputs, 2, outputs, 2), OCKHAM_OK)
      << ockham_last_error();
  EXPECT_THAT(sum, ElementsAre(11, -22, -27));
  EXPECT_THAT(positive, ElementsAre(11, 0, 0));

  inputs[1].struct_size += 8;
  expect_failure(ockham_session_run(handles.session, inputs, 2, outputs, 2),
                 OCKHAM_INVALID_ARGUMENT, "input 1: struct_size is");
}

TEST_F(CApiRun, TellsItsMemory) {
  auto memory = sized<ockham_session_memory>();
  ASSERT_EQ(ockham_session_get_memory(handles.session, &memory), OCKHAM_OK);
  EXPECT_GE(memory.arena, kMaxBatch * 5 * 4 * 4 * sizeof(float));
  expect_failure(ockham_session_get_memory(nullptr, &memory), OCKHAM_INVALID_ARGUMENT,
                 "session is NULL");
  expect_failure(ockham_session_get_memory(handles.session, nullptr), OCKHAM_INVALID_ARGUMENT,
                 "memory is NULL");
}

TEST_F(CApiRun, ExplainsItsPlan) {
  const char* text = nullptr;
  ASSERT_EQ(ockham_session_explain(handles.session, &text), OCKHAM_OK);
  EXPECT_THAT(text, HasSubstr("conv"));
  EXPECT_THAT(text, HasSubstr("scores"));
  const char* again = nullptr;
  ASSERT_EQ(ockham_session_explain(handles.session, &again), OCKHAM_OK);
  EXPECT_EQ(text, again);
  expect_failure(ockham_session_explain(nullptr, &text), OCKHAM_INVALID_ARGUMENT,
                 "session is NULL");
  EXPECT_EQ(text, nullptr);
  expect_failure(ockham_session_explain(handles.session, nullptr), OCKHAM_INVALID_ARGUMENT,
                 "text is NULL");
}

// ---- Threads and error texts -------------------------------------------------------------------

TEST_F(CApi, ErrorTextsBelongToTheirThread) {
  ockham_model* model = nullptr;
  EXPECT_NE(ockham_model_load("/nowhere/mine.ockham", &model), OCKHAM_OK);
  std::string fresh = "not asked", theirs;
  std::thread([&] {
    fresh = ockham_last_error();
    ockham_model* their_model = nullptr;
    EXPECT_NE(ockham_model_load("/nowhere/theirs.ockham", &their_model), OCKHAM_OK);
    theirs = ockham_last_error();
  }).join();
  EXPECT_EQ(fresh, "");
  EXPECT_THAT(theirs, HasSubstr("theirs.ockham"));
  EXPECT_THAT(ockham_last_error(), HasSubstr("mine.ockham"));
}

TEST_F(CApi, SuccessLeavesTheErrorTextAlone) {
  EXPECT_NE(ockham_model_load("/nowhere/absent.ockham", &handles.model), OCKHAM_OK);
  load(classifier_path);
  EXPECT_THAT(ockham_last_error(), HasSubstr("absent.ockham"));
}

TEST_F(CApi, LongErrorTextsAreCut) {
  const std::string path = "/" + std::string(3000, 'a');
  EXPECT_NE(ockham_model_load(path.c_str(), &handles.model), OCKHAM_OK);
  const std::size_t length = std::strlen(ockham_last_error());
  EXPECT_GT(length, 100u);
  EXPECT_LT(length, path.size());
}

TEST_F(CApi, SessionsOfOneModelRunAtTheSameTime) {
  load(classifier_path);
  constexpr int kRuns = 50;
  const auto work = [&](unsigned seed, bool& all_right) {
    Handles mine;
    std::vector<float> image = numbers(kImageFloats, seed), scores(3);
    const std::vector<float> expected = classifier_scores(image);
    const ockham_tensor input = tensor(image.data(), {1, 2, 4, 4});
    const ockham_tensor output = tensor(scores.data(), {1, 3});
    all_right = ockham_session_create(handles.model, nullptr, &mine.session) == OCKHAM_OK;
    for (int i = 0; i < kRuns && all_right; ++i) {
      std::fill(scores.begin(), scores.end(), 0.0f);
      all_right = ockham_session_run(mine.session, &input, 1, &output, 1) == OCKHAM_OK &&
                  testing::Value(scores, Pointwise(FloatNear(kTolerance), expected));
    }
  };
  bool first_right = false, second_right = false;
  std::thread first([&] { work(21, first_right); });
  std::thread second([&] { work(22, second_right); });
  first.join();
  second.join();
  EXPECT_TRUE(first_right);
  EXPECT_TRUE(second_right);
}

}  // namespace
}  // namespace ockham::tests
