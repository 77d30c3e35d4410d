#include "runtime/cuda/platform.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "runtime/cuda/status.h"

namespace ockham::cuda {

std::string platform() {
  int device = 0, driver = 0;
  cudaDeviceProp properties{};
  check(cudaGetDevice(&device), "looking at the device");
  check(cudaGetDeviceProperties(&properties, device), "looking at the device");
  check(cudaDriverGetVersion(&driver), "looking at the driver");
  return std::string(properties.name) + ", " + std::to_string(properties.multiProcessorCount) +
         " multiprocessors of compute capability " + std::to_string(properties.major) + "." +
         std::to_string(properties.minor) + ", driver for CUDA " + std::to_string(driver) +
         ", cuDNN " + std::to_string(cudnnGetVersion()) + ", cuBLAS " +
         std::to_string(cublasLtGetVersion()) + ", Ockham " + OCKHAM_VERSION;
}

}  // namespace ockham::cuda
