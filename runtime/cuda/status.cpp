#include "runtime/cuda/status.h"

#include <string>

#include "runtime/graph/error.h"

namespace ockham::cuda {
namespace {

Status status_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return Status::kOutOfMemory;
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
      return Status::kUnsupported;
    default:
      return Status::kInternal;
  }
}

[[noreturn]] void fail(Status status, const std::string& library, const std::string& text,
                       const char* doing) {
  throw Error(status, library + " failed while " + doing + ": " + text);
}

}  // namespace

void check(cudaError_t status, const char* doing) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // so that the next call does not report it again
  fail(status_of(status), "CUDA", cudaGetErrorString(status), doing);
}

void check(cudnnStatus_t status, const char* doing) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  const bool memory = status == CUDNN_STATUS_ALLOC_FAILED;
  fail(memory ? Status::kOutOfMemory : Status::kInternal, "cuDNN", cudnnGetErrorString(status),
       doing);
}

void check(cublasStatus_t status, const char* doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const bool memory = status == CUBLAS_STATUS_ALLOC_FAILED;
  fail(memory ? Status::kOutOfMemory : Status::kInternal, "cuBLAS",
       "status " + std::to_string(static_cast<int>(status)), doing);
}

}  // namespace ockham::cuda
