// Platform: the processor and the libraries, on which the fastest kernels depend.
#pragma once

#include <string>

namespace ockham::cpu {

/// "AMD EPYC 7B13 64-Core Processor, avx2, oneDNN 3.2.0, Ockham 1.0.0".
std::string platform();

}  // namespace ockham::cpu
