#include "runtime/cuda/status.h"

#include <string>

#include "runtime/cuda/device_facts.h"

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
  std::string text = cudaGetErrorString(status);
  if (loses_context(status)) {
    text +=
        "; with that CUDA has stopped working in this process, for this session and all others, so "
        "end the process and start it again";
  }
  fail(status_of(status), "CUDA", text, doing);
}

void check_allocation(cudaError_t status, std::size_t bytes) {
  DeviceMemory memory{.wanted = bytes};
  if (status == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());
    if (cudaMemGetInfo(&memory.free, &memory.total) == cudaSuccess) {
      throw out_of_device_memory(memory);
    }
  }
  check(status, "allocating device memory");
}

bool loses_context(cudaError_t error) {
  switch (error) {
    case cudaErrorAssert:
    case cudaErrorContained:
    case cudaErrorECCUncorrectable:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorMisalignedAddress:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorTensorMemoryLeak:
      return true;
    default:
      return false;
  }
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
  fail(memory ? Status::kOutOfMemory : Status::kInternal, "cuBLAS", cublasLtGetStatusString(status),
       doing);
}

}  // namespace ockham::cuda
