#include "runtime/cuda/device_facts.h"

namespace ockham::cuda {
namespace {

/// The oldest devices that kernels are compiled for (cmake/OckhamCuda.cmake).
constexpr int kLeastMajor = 8, kLeastMinor = 0;

int major_of(CudaVersion version) { return version / 1000; }

std::string cuda_text(CudaVersion version) {
  return std::to_string(major_of(version)) + "." + std::to_string(version % 1000 / 10);
}

CudnnVersion major_of(CudnnVersion version) { return version / 10000; }

std::string cudnn_text(CudnnVersion version) {
  return std::to_string(major_of(version)) + "." + std::to_string(version % 10000 / 100) + "." +
         std::to_string(version % 100);
}

Error refusal(const std::string& why, const std::string& remedy) {
  return {Status::kUnsupported,
          "device 'cuda' was asked for, but " + why + "; " + remedy + ", or use device 'cpu'"};
}

std::optional<Error> obstacle_of_driver(const DeviceFacts& facts) {
  const std::string built = std::to_string(major_of(facts.cuda_of_build));
  if (facts.cuda_of_driver == 0) {
    return refusal("this machine has no NVIDIA driver",
                   "install the one for CUDA " + built + " or newer");
  }
  if (major_of(facts.cuda_of_driver) < major_of(facts.cuda_of_build)) {
    return refusal("the NVIDIA driver knows CUDA up to " + cuda_text(facts.cuda_of_driver) +
                       ", expected CUDA " + built + " or newer",
                   "install a newer driver");
  }
  return {};
}

std::optional<Error> obstacle_of_device(const DeviceFacts& facts) {
  if (!facts.failure.empty()) {
    return refusal("CUDA cannot be used: " + facts.failure,
                   "see whether nvidia-smi shows the GPU, and do not create sessions in a process "
                   "forked after CUDA was used");
  }
  if (facts.devices == 0) {
    return refusal("CUDA shows no NVIDIA GPU",
                   "see whether nvidia-smi shows one and CUDA_VISIBLE_DEVICES hides it");
  }
  const bool has_kernels =
      facts.capability_major > kLeastMajor ||
      (facts.capability_major == kLeastMajor && facts.capability_minor >= kLeastMinor);
  if (has_kernels) return {};
  return refusal("the current GPU, '" + facts.device + "', has compute capability " +
                     std::to_string(facts.capability_major) + "." +
                     std::to_string(facts.capability_minor) + ", expected " +
                     std::to_string(kLeastMajor) + "." + std::to_string(kLeastMinor) + " or newer",
                 "choose another GPU by cudaSetDevice or CUDA_VISIBLE_DEVICES");
}

std::optional<Error> obstacle_of_cudnn(const DeviceFacts& facts) {
  const std::string expected = cudnn_text(facts.cudnn_of_build) + " or a newer " +
                               std::to_string(major_of(facts.cudnn_of_build)) + ".x";
  if (facts.cudnn == 0) {
    return refusal("cuDNN's libraries are missing", "install cuDNN " + expected);
  }
  if (major_of(facts.cudnn) == major_of(facts.cudnn_of_build) &&
      facts.cudnn >= facts.cudnn_of_build) {
    return {};
  }
  return refusal("cuDNN is " + cudnn_text(facts.cudnn) + ", expected " + expected, "install that");
}

}  // namespace

std::optional<Error> obstacle(const DeviceFacts& facts) {
  if (auto found = obstacle_of_driver(facts)) return found;
  if (auto found = obstacle_of_device(facts)) return found;
  return obstacle_of_cudnn(facts);
}

Error out_of_device_memory(const DeviceMemory& memory) {
  return {Status::kOutOfMemory,
          "the GPU has " + std::to_string(memory.free) + " of its " + std::to_string(memory.total) +
              " bytes of memory left, but " + std::to_string(memory.wanted) +
              " more are needed; use a smaller batch, or end what else uses this GPU"};
}

}  // namespace ockham::cuda
