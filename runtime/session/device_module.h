// The module of CUDA, libockham_cuda.so: found and opened when the first session asks for it, so
// that a process that computes on the CPU carries nothing of it. What it offers:
// runtime/cuda/module.h.
#pragma once

#include <memory>
#include <string>

#include "runtime/cuda/module.h"

namespace ockham {

/// Environment variable that names the module's file; nothing is looked for then. Unset or empty:
/// the module is looked for. Programs with privileges of their own (setuid) do not read it.
inline constexpr const char* kCudaModuleVariable = "OCKHAM_CUDA_MODULE";

/// The module in this file, which stays open for good. Throws Error(kUnsupported), saying what is
/// wrong, when the file cannot be loaded, is no such module, or is that of another version.
const cuda::Module& open_cuda_module(const std::string& file);

/// The module of this process: the file that OCKHAM_CUDA_MODULE names, or else libockham_cuda.so in
/// the folder of the library or program that holds this code, in ../lib seen from there, or where
/// dlopen finds it. Opened once; a call that fails leaves nothing behind, so that the next one
/// tries again. Any number of threads may call. Throws Error(kUnsupported).
const cuda::Module& cuda_module();

/// What `request` asks for. Throws Error with the status and text of the module's failure.
std::unique_ptr<Executor> make_cuda_executor(const cuda::Module& module,
                                             const cuda::ExecutorRequest& request);

/// What the device is called: "NVIDIA H100 80GB HBM3", or "" where the module cannot tell.
std::string name_of_device(const cuda::Module& module);

}  // namespace ockham
