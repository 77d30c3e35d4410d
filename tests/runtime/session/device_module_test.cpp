// Sessions of CUDA by way of fake modules: no GPU is needed.
#include "runtime/session/device_module.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "runtime/session/elf_size.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/fake_cuda_module.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

using testing::Each;
using tests::expect_error;
using tests::kFakeError;

// ---- Opening -----------------------------------------------------------------------------------

TEST(DeviceModule, IsRefusedWhereThereIsNoFile) {
  expect_error(Status::kUnsupported,
               {"'cuda'", "cannot be loaded", "/absent/module.so", "use device 'cpu'"},
               [] { open_cuda_module("/absent/module.so"); });
}

TEST(DeviceModule, IsRefusedWhereTheFileIsNoLibrary) {
  const tests::TemporaryFolder folder;
  const std::string file = (folder.path() / "module.so").string();
  std::ofstream(file) << "no library";
  expect_error(Status::kUnsupported, {"cannot be loaded", file}, [&] { open_cuda_module(file); });
}

TEST(DeviceModule, IsRefusedWhereTheFileIsAFifo) {
  const tests::TemporaryFolder folder;
  const std::string file = (folder.path() / "module.so").string();
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expect_error(Status::kUnsupported, {"not a regular file", file}, [&] { open_cuda_module(file); });
}

TEST(DeviceModule, IsRefusedWhereTheFileIsCutOff) {
  const tests::TemporaryFolder folder;
  const std::string file = (folder.path() / "module.so").string();
  const std::uintmax_t whole = std::filesystem::file_size(FAKE_CUDA);
  for (const std::uintmax_t bytes : {whole - 1, whole / 2, whole / 10}) {
    std::filesystem::copy_file(FAKE_CUDA, file, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(file, bytes);
    expect_error(Status::kUnsupported,
                 {"'" + file + "' is cut off: it has " + std::to_string(bytes) +
                      " bytes, expected at least ",
                  "install Ockham's component ockham_cuda again"},
                 [&] { open_cuda_module(file); });
  }
  // Less than a header is left to dlopen, which sees that itself.
  std::filesystem::resize_file(file, 40);
  expect_error(Status::kUnsupported, {"cannot be loaded"}, [&] { open_cuda_module(file); });
}

TEST(DeviceModule, IsOpenedWhereTheFileIsWhole) {
  EXPECT_LE(stated_elf_size(FAKE_CUDA), std::filesystem::file_size(FAKE_CUDA));
  EXPECT_GT(stated_elf_size(FAKE_CUDA), std::filesystem::file_size(FAKE_CUDA) / 2);
  EXPECT_NO_THROW(open_cuda_module(FAKE_CUDA));
}

TEST(DeviceModule, IsRefusedWhereTheFileIsALinkToNothing) {
  const tests::TemporaryFolder folder;
  const std::string file = (folder.path() / "module.so").string();
  std::filesystem::create_symlink("/absent/module.so", file);
  expect_error(Status::kUnsupported, {"cannot be loaded", file}, [&] { open_cuda_module(file); });
}

TEST(DeviceModule, IsRefusedWhereItLacksTheSymbol) {
  expect_error(Status::kUnsupported,
               {FAKE_CUDA_WITHOUT_SYMBOL, "no symbol ockham_cuda_module", "use device 'cpu'"},
               [] { open_cuda_module(FAKE_CUDA_WITHOUT_SYMBOL); });
}

TEST(DeviceModule, IsRefusedWhereItIsOfAnotherVersion) {
  expect_error(Status::kUnsupported,
               {FAKE_CUDA_OF_ANOTHER_VERSION, "is of Ockham 99.0.0, expected " OCKHAM_VERSION,
                "use device 'cpu'"},
               [] { open_cuda_module(FAKE_CUDA_OF_ANOTHER_VERSION); });
}

TEST(DeviceModule, MaySayWhatTheDeviceIsCalled) {
  EXPECT_EQ(name_of_device(open_cuda_module(FAKE_CUDA)), tests::kFakeDevice);
  EXPECT_EQ(name_of_device({.version = OCKHAM_VERSION, .make_executor = nullptr}), "");
}

TEST(DeviceModule, SaysWhyItMakesNoExecutor) {
  const cuda::Module& module = open_cuda_module(FAKE_CUDA_WITHOUT_DEVICE);
  const Graph graph = tests::lenet5(1);
  expect_error(Status::kUnsupported, {"the fake has no device"},
               [&] { make_cuda_executor(module, {.plan = {.graph = graph}}); });
}

// ---- Sessions ----------------------------------------------------------------------------------

/// Whether this process has a module, which it then has for good.
bool module_is_open = false;

TEST(CudaSession, LeavesTheCpuAsItWasWhereThereIsNoModule) {
  if (module_is_open) GTEST_SKIP() << "for a process without a module";
  ::setenv(kCudaModuleVariable, "/absent/module.so", 1);
  const auto model = model_of(tests::lenet5(1));
  const Arrays inputs = random_inputs(model->graph(), 1);
  Session before(model, {});
  const Arrays expected = run(before, 1, inputs);
  for (int attempt = 0; attempt < 2; ++attempt) {
    expect_error(Status::kUnsupported, {"'cuda'", "/absent/module.so", "use device 'cpu'"},
                 [&] { Session(model, {.device = Device::kCuda}); });
  }
  Session after(model, {});
  EXPECT_EQ(run(after, 1, inputs), expected);
  EXPECT_EQ(run(before, 1, inputs), expected);
}

class CudaSessions : public testing::Test {
 protected:
  CudaSessions() {
    ::setenv(kCudaModuleVariable, FAKE_CUDA, 1);
    module_is_open = true;
  }

  Arrays answer(const SessionOptions& options) {
    Session session(model, options);
    return run(session, 2, inputs);
  }

  std::shared_ptr<const Model> model = model_of(tests::lenet5(1));
  const Graph& graph = model->graph();
  Arrays inputs = random_inputs(graph, 2);
};

TEST_F(CudaSessions, RunOnTheModulesExecutor) {
  Session session(model, {.device = Device::kCuda, .max_batch = 2});
  EXPECT_EQ(run(session, 2, inputs), run_reference<float>(graph, 2, inputs));
  EXPECT_EQ(session.plan().steps.front().kernel, "fake");
  EXPECT_EQ(session.memory().arena, session.plan().arena_bytes);
}

TEST_F(CudaSessions, AreNaiveWhereTheReferenceIsAskedFor) {
  const Session session(model, {.device = Device::kCuda, .kernels = Kernels::kReference});
  EXPECT_EQ(session.plan().steps.front().kernel, "fake_naive");
}

TEST_F(CudaSessions, PassThePrecisionOn) {
  const Arrays exact = answer({.device = Device::kCuda, .max_batch = 2});
  const Arrays rounded =
      answer({.device = Device::kCuda, .max_batch = 2, .precision = Precision::kFloat16});
  EXPECT_NEAR(relative_difference(rounded[0], exact[0]), static_cast<double>(kFakeError), 1e-6);
}

TEST_F(CudaSessions, PassTheMemoryLimitOn) {
  expect_error(Status::kOutOfMemory, {"memory limit"},
               [&] { Session(model, {.device = Device::kCuda, .memory_limit = 1}); });
}

TEST_F(CudaSessions, ShareWhatTheModuleKeepsWithTheModel) {
  EXPECT_EQ(model->device_share().data, nullptr);
  const Session first(model, {.device = Device::kCuda});
  const std::shared_ptr<void> shared = model->device_share().data;
  EXPECT_NE(shared, nullptr);
  const Session second(model, {.device = Device::kCuda, .max_batch = 2});
  EXPECT_EQ(model->device_share().data, shared);
}

TEST_F(CudaSessions, AreMadeByManyThreadsAtOnce) {
  const Arrays expected = answer({.device = Device::kCuda, .max_batch = 2});
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&] { EXPECT_EQ(answer({.device = Device::kCuda, .max_batch = 2}), expected); });
  }
}

TEST_F(CudaSessions, MeasureTheDevice) {
  Session session(model, {.device = Device::kCuda, .max_batch = 8});
  std::vector<std::int64_t> device_ns(3);
  EXPECT_EQ(session.measure(8, device_ns), Status::kOk);
  EXPECT_THAT(device_ns, Each(8 * tests::kFakeImageNs));
  EXPECT_EQ(session.measure(9, device_ns), Status::kInvalidArgument);
  EXPECT_EQ(session.measure(0, device_ns), Status::kInvalidArgument);
  Session on_cpu(model, {});
  EXPECT_EQ(on_cpu.measure(1, device_ns), Status::kUnsupported);
}

TEST_F(CudaSessions, RefuseExactKernels) {
  expect_error(Status::kUnsupported, {"exact kernels", "device 'cpu'"},
               [&] { Session(model, {.device = Device::kCuda, .kernels = Kernels::kExact}); });
}

TEST(CpuSession, RefusesPrecisionsThatItHasNot) {
  const auto model = model_of(tests::lenet5(1));
  for (const Precision precision : {Precision::kTf32, Precision::kFloat16}) {
    expect_error(Status::kUnsupported,
                 {"precision '" + std::string(name_of(precision)) + "'", "'fp32' or 'bf16' only",
                  "device 'cuda'"},
                 [&] { Session(model, {.precision = precision}); });
  }
}

// ---- The self-test -----------------------------------------------------------------------------

class CudaSelfTest : public CudaSessions {
 protected:
  CudaSelfTest() {
    SelfTest test{.batch = 2, .inputs = inputs};
    test.outputs = run_reference<float>(graph, 2, inputs);
    contents = {.graph = graph, .self_test = std::move(test)};
  }

  void create(Precision precision) {
    Session(Model::from_contents(contents), {.device = Device::kCuda, .precision = precision});
  }

  ModelContents contents;
};

TEST_F(CudaSelfTest, AllowsWhatThePrecisionRounds) {
  EXPECT_NO_THROW(create(Precision::kFloat32));
  EXPECT_NO_THROW(create(Precision::kTf32));
  EXPECT_NO_THROW(create(Precision::kFloat16));
}

TEST_F(CudaSelfTest, NamesAMoreExactPrecisionWhereThisOneFails) {
  expect_error(Status::kVerification,
               {"in precision 'bf16'", "output 'fc2' differs by", "use precision 'fp16'"},
               [&] { create(Precision::kBfloat16); });
}

TEST_F(CudaSelfTest, AllowsMoreWhereTheModelSaysThatRoundingDoes) {
  float largest = 0.0f;
  for (const float x : contents.self_test->outputs[0]) largest = std::max(largest, std::abs(x));
  // Outputs are off by themselves in bf16, whose tolerance is 8000 times that of fp32.
  contents.self_test->allowed = {largest / 7000.0f};
  EXPECT_NO_THROW(create(Precision::kBfloat16));
  contents.self_test->allowed = {largest / 9000.0f};
  EXPECT_THROW(create(Precision::kBfloat16), Error);
}

TEST_F(CudaSelfTest, AllowsAnotherPlaceWhereTheScoresAreAboutTheSame) {
  Graph chooser;
  const ValueId x = chooser.add_input("x", {Shape::kBatch, 4});
  chooser.outputs = {chooser.add_node("class", ArgExtreme{}, {x})};
  // The session finds place 2.
  contents = {.graph = chooser,
              .self_test =
                  SelfTest{.batch = 1, .inputs = {{1.0f, 9.9f, 10.0f, 2.0f}}, .outputs = {{1.0f}}}};
  EXPECT_NO_THROW(create(Precision::kFloat16));  // 0.1 apart, 0.2 allowed
  expect_error(Status::kVerification,
               {"output 'class' names places whose scores differ by 0.1", "convert it again"},
               [&] { create(Precision::kFloat32); });
  contents.self_test->outputs = {{3.0f}};
  expect_error(Status::kVerification, {"names places whose scores differ by 8, allowed is 0.2"},
               [&] { create(Precision::kFloat16); });
  // Twice as large in bf16: place 4, which there is not.
  expect_error(Status::kVerification, {"in precision 'bf16'", "scores differ by inf"},
               [&] { create(Precision::kBfloat16); });
}

TEST_F(CudaSelfTest, IsAsStrictAsTheFileInFloat32) {
  contents.self_test->outputs[0][3] += 1e-3f;
  expect_error(Status::kVerification, {"the self-test failed: output 'fc2'", "convert it again"},
               [&] { create(Precision::kFloat32); });
  EXPECT_NO_THROW(create(Precision::kTf32));
}

}  // namespace
}  // namespace ockham
