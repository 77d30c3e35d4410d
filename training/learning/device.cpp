#include "training/learning/device.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include "runtime/graph/error.h"

namespace ockham::training {

torch::Device find_device(const std::string& name) {
  if (name == "cpu") return torch::Device(torch::kCPU);
  if (name != "cuda") {
    throw Error(Status::kInvalidArgument, "--device " + name + ": expected cpu or cuda");
  }
  const bool opened = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
  if (!opened || !torch::cuda::is_available()) {
    throw Error(Status::kUnsupported, std::string("--device cuda: ") +
                                          (opened ? "LibTorch finds no NVIDIA GPU"
                                                  : "LibTorch's CUDA part cannot be opened") +
                                          " on this machine; use --device cpu");
  }
  return torch::Device(torch::kCUDA);
}

void use_threads(int threads) {
  at::set_num_threads(threads);
  at::parallel_for(0, threads, 1,
                   [](std::int64_t, std::int64_t) { at::globalContext().setFlushDenormal(true); });
  at::globalContext().setFlushDenormal(true);
}

}  // namespace ockham::training
