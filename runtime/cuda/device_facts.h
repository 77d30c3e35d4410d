// DeviceFacts: what decides whether a session can be made here, told apart from how it is found
// out, so that each refusal is tested without a GPU.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "runtime/graph/error.h"

namespace ockham::cuda {

/// A version as CUDA writes it: 13020 is 13.2.
using CudaVersion = int;
/// A version as cuDNN writes it: 91900 is 9.19.0.
using CudnnVersion = std::size_t;

struct DeviceFacts {
  CudaVersion cuda_of_driver = 0;  ///< the newest that the driver knows; 0: there is no driver
  CudaVersion cuda_of_build = 0;
  int devices = 0;      ///< that CUDA shows
  std::string failure;  ///< CUDA's own words where it could not tell more; otherwise empty

  // Of the current device.
  std::string device;  ///< what it is called
  int capability_major = 0, capability_minor = 0;

  CudnnVersion cudnn = 0;  ///< the one that was loaded; 0: it does not say
  CudnnVersion cudnn_of_build = 0;
};

/// Why no session can be made where this is so; nothing where one can.
std::optional<Error> obstacle(const DeviceFacts& facts);

/// Memory of the device, in bytes, when some of it was asked for in vain.
struct DeviceMemory {
  std::size_t wanted = 0, free = 0, total = 0;
};

Error out_of_device_memory(const DeviceMemory& memory);

}  // namespace ockham::cuda
