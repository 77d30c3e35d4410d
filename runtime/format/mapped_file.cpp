#include "runtime/format/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/graph/error.h"

namespace ockham::format {
namespace {

[[noreturn]] void fail(Status status, const std::string& what) {
  throw Error(status, what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  /// Without waiting, so that a named pipe is refused and does not hang.
  explicit Descriptor(const std::filesystem::path& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (number_ < 0) fail(Status::kNotFound, "cannot open the file");
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }

  int number() const { return number_; }

 private:
  int number_;
};

std::size_t size_of_regular_file(const Descriptor& file) {
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) fail(Status::kIo, "cannot read the file");
  if (S_ISDIR(facts.st_mode)) throw Error(Status::kIo, "found a directory, expected a model file");
  if (!S_ISREG(facts.st_mode)) {
    throw Error(Status::kIo, "found a device or pipe, expected a regular file");
  }
  if (facts.st_size == 0) {
    throw Error(Status::kInvalidModel, "found an empty file, expected a model file");
  }
  return static_cast<std::size_t>(facts.st_size);
}

}  // namespace

MappedFile map_file(const std::filesystem::path& path) {
  const Descriptor file(path);
  const std::size_t size = size_of_regular_file(file);
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (start == MAP_FAILED) fail(Status::kIo, "cannot map the file");
  const auto unmap = [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); };
  return {{static_cast<const std::byte*>(start), size}, std::shared_ptr<const void>(start, unmap)};
}

}  // namespace ockham::format
