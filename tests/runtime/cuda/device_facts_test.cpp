// What is said where no session can be made on the GPU.
#include "runtime/cuda/device_facts.h"

#include <gtest/gtest.h>

#include "tests/cases/expect_error.h"

namespace ockham::cuda {
namespace {

using tests::expect_error;

/// Of a machine on which all is well.
DeviceFacts good_facts() {
  return {.cuda_of_driver = 13000,
          .cuda_of_build = 13020,
          .devices = 1,
          .failure = {},
          .device = "NVIDIA H100 80GB HBM3",
          .capability_major = 9,
          .capability_minor = 0,
          .cudnn = 91900,
          .cudnn_of_build = 91900};
}

void expect_refused(const DeviceFacts& facts, std::initializer_list<std::string> parts) {
  expect_error(Status::kUnsupported, parts, [&] {
    if (const auto found = obstacle(facts)) throw *found;
  });
  expect_error(Status::kUnsupported, {"device 'cuda' was asked for, but ", "or use device 'cpu'"},
               [&] { throw obstacle(facts).value(); });
}

TEST(DeviceFacts, AreNoObstacleWhereAllIsWell) {
  DeviceFacts facts = good_facts();
  EXPECT_FALSE(obstacle(facts));
  facts.cuda_of_driver = 14000;
  facts.capability_major = 8;
  facts.cudnn = 92101;
  EXPECT_FALSE(obstacle(facts));
  facts.capability_major = 12;
  EXPECT_FALSE(obstacle(facts));
}

TEST(DeviceFacts, RefuseAMachineWithoutDriver) {
  expect_refused({.cuda_of_build = 13020},
                 {"no NVIDIA driver", "install the one for CUDA 13 or newer"});
}

TEST(DeviceFacts, RefuseADriverThatIsTooOld) {
  DeviceFacts facts = good_facts();
  facts.cuda_of_driver = 12080;
  expect_refused(facts, {"knows CUDA up to 12.8, expected CUDA 13 or newer", "newer driver"});
}

TEST(DeviceFacts, RefuseAMachineWithoutDevice) {
  DeviceFacts facts = good_facts();
  facts.devices = 0;
  expect_refused(facts, {"shows no NVIDIA GPU", "CUDA_VISIBLE_DEVICES"});
}

TEST(DeviceFacts, PassOnWhatCudaSays) {
  DeviceFacts facts = good_facts();
  facts.failure = "system not yet initialized";
  expect_refused(facts, {"CUDA cannot be used: system not yet initialized", "nvidia-smi"});
}

TEST(DeviceFacts, RefuseADeviceThatIsTooOld) {
  DeviceFacts facts = good_facts();
  facts.device = "Tesla V100-SXM2-16GB";
  facts.capability_major = 7;
  facts.capability_minor = 5;
  expect_refused(facts, {"'Tesla V100-SXM2-16GB'", "compute capability 7.5, expected 8.0 or newer",
                         "cudaSetDevice"});
}

TEST(DeviceFacts, RefuseAnotherCudnn) {
  DeviceFacts facts = good_facts();
  facts.cudnn = 90501;
  expect_refused(facts, {"cuDNN is 9.5.1, expected 9.19.0 or a newer 9.x"});
  facts.cudnn = 100000;
  expect_refused(facts, {"cuDNN is 10.0.0, expected 9.19.0 or a newer 9.x"});
  facts.cudnn = 0;
  expect_refused(facts, {"cuDNN's libraries are missing", "install cuDNN 9.19.0"});
}

TEST(DeviceMemory, SaysHowMuchIsLackingAndWhatToDo) {
  expect_error(Status::kOutOfMemory,
               {"the GPU has 1000 of its 8000 bytes of memory left, but 2000 more are needed",
                "smaller batch"},
               [] { throw out_of_device_memory({.wanted = 2000, .free = 1000, .total = 8000}); });
}

}  // namespace
}  // namespace ockham::cuda
