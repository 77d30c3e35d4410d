// What CUDA's errors become.
#include "runtime/cuda/status.h"

#include <gtest/gtest.h>

#include "tests/cases/expect_error.h"

namespace ockham::cuda {
namespace {

using tests::expect_error;

TEST(CudaStatus, OfSuccessIsSilent) {
  EXPECT_NO_THROW(check(cudaSuccess, "running a network"));
  EXPECT_NO_THROW(check_allocation(cudaSuccess, 100));
}

TEST(CudaStatus, HasCudasOwnWords) {
  expect_error(Status::kInternal,
               {"CUDA failed while launching a network: ",
                cudaGetErrorString(cudaErrorLaunchOutOfResources)},
               [] { check(cudaErrorLaunchOutOfResources, "launching a network"); });
}

TEST(CudaStatus, SaysWhereNothingWorksAnyMore) {
  for (const cudaError_t error :
       {cudaErrorIllegalAddress, cudaErrorLaunchFailure, cudaErrorMisalignedAddress}) {
    EXPECT_TRUE(loses_context(error));
    expect_error(Status::kInternal,
                 {"CUDA failed while running a network: ", cudaGetErrorString(error),
                  "CUDA has stopped working in this process", "end the process"},
                 [&] { check(error, "running a network"); });
  }
  EXPECT_FALSE(loses_context(cudaErrorInvalidValue));
  EXPECT_FALSE(loses_context(cudaErrorMemoryAllocation));
}

}  // namespace
}  // namespace ockham::cuda
