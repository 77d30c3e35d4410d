// Libraries: handles of cuDNN and cuBLASLt, for one executor.
#pragma once

#include <cublasLt.h>
#include <cudnn.h>

#include <string>

#include "runtime/cuda/status.h"

namespace ockham::cuda {

class Libraries {
 public:
  /// Throws Error: kUnsupported without a driver or device, or with a cuDNN older than the one
  /// this was built with.
  Libraries();
  Libraries(const Libraries&) = delete;
  Libraries& operator=(const Libraries&) = delete;
  ~Libraries();

  cudnnHandle_t cudnn() const { return cudnn_; }
  cublasLtHandle_t cublas() const { return cublas_; }

 private:
  cudnnHandle_t cudnn_ = nullptr;
  cublasLtHandle_t cublas_ = nullptr;
};

}  // namespace ockham::cuda
