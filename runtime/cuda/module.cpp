#include "runtime/cuda/module.h"

#include <cuda_runtime_api.h>

#include <new>

#include "runtime/cuda/cuda_executor.h"

namespace ockham::cuda {
namespace {

std::unique_ptr<Executor> make_executor_or_failure(const ExecutorRequest& request,
                                                   Failure& failure) noexcept {
  try {
    return make_executor(request);
  } catch (const Error& error) {
    failure = {error.status(), error.what()};
  } catch (const std::bad_alloc&) {
    failure = {Status::kOutOfMemory, "the system has no memory left for this session"};
  } catch (const std::exception& error) {
    failure = {Status::kInternal, error.what()};
  }
  return nullptr;
}

const char* device_name() noexcept {
  static const cudaDeviceProp properties = [] {
    cudaDeviceProp found{};
    int device = 0;
    const bool known = cudaGetDevice(&device) == cudaSuccess &&
                       cudaGetDeviceProperties(&found, device) == cudaSuccess;
    return known ? found : cudaDeviceProp{};
  }();
  return properties.name[0] == '\0' ? nullptr : properties.name;
}

}  // namespace
}  // namespace ockham::cuda

extern "C" __attribute__((visibility("default"))) const ockham::cuda::Module* ockham_cuda_module() {
  static const ockham::cuda::Module module = {
      OCKHAM_VERSION, ockham::cuda::make_executor_or_failure, ockham::cuda::device_name};
  return &module;
}
