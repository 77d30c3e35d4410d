// What CUDA's libraries return, as Errors.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <cstddef>

namespace ockham::cuda {

/// Each throws Error when the status is not success: kOutOfMemory where memory is what lacks,
/// kUnsupported where the driver or device cannot do it, else kInternal. `doing` completes "while
/// ...".
void check(cudaError_t status, const char* doing);
void check(cudnnStatus_t status, const char* doing);
void check(cublasStatus_t status, const char* doing);

/// The same behind an attempt to get `bytes` of the device's memory.
void check_allocation(cudaError_t status, std::size_t bytes);

/// Whether CUDA does nothing any more in this process, behind this error.
bool loses_context(cudaError_t error);

}  // namespace ockham::cuda
