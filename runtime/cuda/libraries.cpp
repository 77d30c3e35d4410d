#include "runtime/cuda/libraries.h"

#include <cuda_runtime_api.h>

#include "runtime/cuda/device_facts.h"

namespace ockham::cuda {
namespace {

DeviceFacts facts_of_this_machine() {
  DeviceFacts facts{
      .cuda_of_build = CUDART_VERSION, .cudnn = cudnnGetVersion(), .cudnn_of_build = CUDNN_VERSION};
  if (cudaDriverGetVersion(&facts.cuda_of_driver) != cudaSuccess) facts.cuda_of_driver = 0;
  int device = 0;
  cudaDeviceProp properties{};
  cudaError_t status = cudaGetDeviceCount(&facts.devices);
  if (status == cudaErrorNoDevice) facts.devices = 0;
  if (status == cudaSuccess) status = cudaGetDevice(&device);
  if (status == cudaSuccess) status = cudaGetDeviceProperties(&properties, device);
  static_cast<void>(cudaGetLastError());  // so that the next call does not report it again
  if (status != cudaSuccess && status != cudaErrorNoDevice) {
    facts.failure = cudaGetErrorString(status);
  }
  facts.device = properties.name;
  facts.capability_major = properties.major;
  facts.capability_minor = properties.minor;
  return facts;
}

}  // namespace

Libraries::Libraries() {
  if (const auto found = obstacle(facts_of_this_machine())) throw *found;
  stream_ = std::make_unique<Stream>();
  try {
    check(cudnnCreate(&cudnn_), "opening cuDNN");
    check(cudnnSetStream(cudnn_, stream()), "choosing a stream");
    check(cublasLtCreate(&cublas_), "opening cuBLAS");
  } catch (...) {
    close();
    throw;
  }
}

Libraries::~Libraries() { close(); }

void Libraries::close() {
  if (cublas_ != nullptr) static_cast<void>(cublasLtDestroy(cublas_));
  if (cudnn_ != nullptr) static_cast<void>(cudnnDestroy(cudnn_));
}

}  // namespace ockham::cuda
