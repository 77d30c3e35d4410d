#include "runtime/cuda/libraries.h"

#include <cuda_runtime_api.h>

#include "runtime/graph/error.h"

namespace ockham::cuda {
namespace {

void check_device() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  static_cast<void>(cudaGetLastError());
  if (status == cudaErrorInsufficientDriver) {
    throw Error(
        Status::kUnsupported,
        "device 'cuda' was asked for, but this machine has no NVIDIA driver, or one too old "
        "for CUDA " +
            std::to_string(CUDART_VERSION / 1000) + "; use device 'cpu'");
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    throw Error(
        Status::kUnsupported,
        "device 'cuda' was asked for, but this machine has no NVIDIA GPU; use device 'cpu'");
  }
  check(status, "looking for a device");
}

void check_cudnn_version() {
  const std::size_t found = cudnnGetVersion();
  if (found / 10000 == CUDNN_MAJOR && found >= CUDNN_VERSION) return;
  throw Error(Status::kUnsupported, "cuDNN is of version " + std::to_string(found) + ", expected " +
                                        std::to_string(CUDNN_VERSION) +
                                        " or a newer one of the same major version");
}

}  // namespace

Libraries::Libraries() {
  check_device();
  check_cudnn_version();
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
