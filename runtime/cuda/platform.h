// Platform: the device and what is installed for it, on which the fastest plans depend.
#pragma once

#include <string>

namespace ockham::cuda {

/// Of the current device, the driver, the libraries that are loaded, and Ockham: "NVIDIA H100 80GB
/// HBM3, 132 multiprocessors of compute capability 9.0, driver for CUDA 13000, ...". Throws Error.
std::string platform();

}  // namespace ockham::cuda
