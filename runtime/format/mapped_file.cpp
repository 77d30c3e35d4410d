#include "runtime/format/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/format/files.h"
#include "runtime/graph/error.h"

namespace ockham::format {

MappedFile map_file(const std::filesystem::path& path) {
  const RegularFile file = open_regular_file(path, "a model file");
  const std::size_t size = file.size;
  if (size == 0) {
    throw Error(Status::kInvalidModel, "found an empty file, expected a model file");
  }
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor.number(), 0);
  if (start == MAP_FAILED) {
    throw Error(Status::kIo, std::string("cannot map the file: ") + std::strerror(errno));
  }
  const auto unmap = [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); };
  return {{static_cast<const std::byte*>(start), size}, std::shared_ptr<const void>(start, unmap)};
}

}  // namespace ockham::format
