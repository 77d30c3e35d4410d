#include "runtime/session/device_module.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <vector>

#include "runtime/session/elf_size.h"

namespace ockham {
namespace {

constexpr const char* kFileName = "libockham_cuda.so";

[[noreturn]] void refuse(const std::string& why, const std::string& remedy) {
  throw Error(Status::kUnsupported,
              "device 'cuda' was asked for, but " + why + "; " + remedy + ", or use device 'cpu'");
}

[[noreturn]] void refuse_to_load(const std::string& error) {
  refuse("its module cannot be loaded: " + error,
         "install what it needs (NVIDIA's driver, CUDA's libraries and cuDNN)");
}

/// The library or program that holds this code. Empty where the system does not tell.
std::filesystem::path this_object() {
  Dl_info info{};
  void* extra = nullptr;
  const void* const here = kFileName;
  if (dladdr1(here, &info, &extra, RTLD_DL_LINKMAP) == 0) return {};
  // A program's name there is only what it was called by.
  const std::string_view library = static_cast<const link_map*>(extra)->l_name;
  std::error_code error;
  return std::filesystem::canonical(library.empty() ? "/proc/self/exe" : library, error);
}

/// Where the module of this object belongs.
std::vector<std::filesystem::path> folders() {
  const std::filesystem::path object = this_object();
  if (object.empty()) return {};
  const std::filesystem::path beside = object.parent_path();
  const std::filesystem::path lib = beside.parent_path() / "lib";
  if (lib == beside) return {beside};
  return {beside, lib};
}

/// Refuses what dlopen would not survive: a FIFO makes it wait for ever, and a file that is cut off
/// kills the process.
void check_file(const std::string& file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return;  // dlopen says so
  if (!std::filesystem::is_regular_file(status)) {
    refuse("'" + file + "' is not a regular file, as its module must be",
           "install Ockham's component ockham_cuda");
  }
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  const std::uint64_t stated = stated_elf_size(file);
  if (error || bytes >= stated) return;
  refuse("'" + file + "' is cut off: it has " + std::to_string(bytes) +
             " bytes, expected at least " + std::to_string(stated),
         "install Ockham's component ockham_cuda again");
}

/// Null where dlopen cannot, which then says why.
void* open(const std::string& file) {
  if (file.find('/') != std::string::npos) check_file(file);  // otherwise dlopen searches
  return dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
}

const cuda::Module& module_of(void* library, const std::string& file) {
  using Describe = const cuda::Module*();
  auto* const describe = reinterpret_cast<Describe*>(dlsym(library, cuda::kModuleSymbol));
  if (describe == nullptr) {
    refuse("'" + file + "' is not its module: there is no symbol " + cuda::kModuleSymbol + " in it",
           "install Ockham's component ockham_cuda");
  }
  const cuda::Module* const described = describe();
  if (described == nullptr || described->version == nullptr) {
    refuse("'" + file + "' does not say what it is", "install Ockham's component ockham_cuda");
  }
  const cuda::Module& module = *described;
  if (module.version != std::string_view(OCKHAM_VERSION)) {
    refuse("'" + file + "' is of Ockham " + module.version + ", expected " + OCKHAM_VERSION,
           "install the two from one build");
  }
  if (module.request_bytes != sizeof(cuda::ExecutorRequest)) {
    refuse("'" + file + "' is of another build of Ockham " + OCKHAM_VERSION,
           "install the two from one build");
  }
  return module;
}

/// Asks dlopen to search, after the module was in none of the folders.
const cuda::Module& search_for_module(const std::string& looked_at) {
  if (void* const library = open(kFileName)) return module_of(library, kFileName);
  // An error of a module that was found is about that file, or one that it needs.
  const std::string error = dlerror();
  if (!error.starts_with(kFileName)) refuse_to_load(error);
  refuse(std::string(kFileName) + " was not found " + looked_at +
             "where the system looks for libraries",
         "build Ockham with the CUDA toolkit and install its component ockham_cuda");
}

/// The file that the environment names.
const cuda::Module& open_named_module(const std::string& file) {
  if (void* const library = open(file)) return module_of(library, file);
  const std::string error = dlerror();
  if (!error.starts_with(file)) refuse_to_load(error);  // about a library that it needs
  refuse(std::string(kCudaModuleVariable) + " names a module that cannot be loaded: " + error,
         "correct or unset it");
}

const cuda::Module& find_module() {
  const char* const named = secure_getenv(kCudaModuleVariable);
  if (named != nullptr && *named != '\0') return open_named_module(named);
  std::string looked_at;
  for (const std::filesystem::path& folder : folders()) {
    const std::filesystem::path file = folder / kFileName;
    std::error_code error;
    // A link that leads nowhere is a broken installation, not an absent one.
    if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
      return open_cuda_module(file.string());
    }
    looked_at += "in '" + folder.string() + "' or ";
  }
  return search_for_module(looked_at);
}

}  // namespace

const cuda::Module& open_cuda_module(const std::string& file) {
  void* const library = open(file);
  if (library == nullptr) refuse_to_load(dlerror());
  return module_of(library, file);
}

const cuda::Module& cuda_module() {
  static std::mutex mutex;
  static const cuda::Module* module = nullptr;
  const std::lock_guard lock(mutex);
  if (module == nullptr) module = &find_module();
  return *module;
}

std::unique_ptr<Executor> make_cuda_executor(const cuda::Module& module,
                                             const cuda::ExecutorRequest& request) {
  cuda::Failure failure;
  std::unique_ptr<Executor> executor = module.make_executor(request, failure);
  if (executor != nullptr) return executor;
  if (failure.status == Status::kOk) {
    throw Error(Status::kInternal, "the module of CUDA gave neither an executor nor a reason");
  }
  throw Error(failure.status, failure.text);
}

std::string name_of_device(const cuda::Module& module) {
  const char* const name = module.device_name == nullptr ? nullptr : module.device_name();
  return name == nullptr ? "" : name;
}

}  // namespace ockham
