// Libraries: handles of cuDNN and cuBLASLt and the stream that they work in, for one executor.
#pragma once

#include <cublasLt.h>
#include <cudnn.h>

#include <memory>
#include <set>
#include <string>

#include "runtime/cuda/memory.h"

namespace ockham::cuda {

class Libraries {
 public:
  /// Throws Error: kUnsupported where device_facts.h knows an obstacle.
  Libraries();
  Libraries(const Libraries&) = delete;
  Libraries& operator=(const Libraries&) = delete;
  ~Libraries();

  cudnnHandle_t cudnn() const { return cudnn_; }
  cublasLtHandle_t cublas() const { return cublas_; }
  cudaStream_t stream() const { return stream_->get(); }
  /// Descriptions of what cuDNN has refused for this executor: to find that out takes it long.
  std::set<std::string>& refused() { return refused_; }

 private:
  void close();

  std::unique_ptr<Stream> stream_;
  std::set<std::string> refused_;
  cudnnHandle_t cudnn_ = nullptr;
  cublasLtHandle_t cublas_ = nullptr;
};

}  // namespace ockham::cuda
