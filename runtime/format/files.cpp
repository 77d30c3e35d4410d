#include "runtime/format/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/graph/error.h"

namespace ockham {
namespace {

[[noreturn]] void fail(Status status, const std::filesystem::path& path, const std::string& what) {
  throw Error(status, path.string() + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor::~Descriptor() {
  if (is_open()) ::close(number_);
}

bool Descriptor::close() { return ::close(std::exchange(number_, -1)) == 0; }

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) fail(Status::kNotFound, path, "cannot open the file");
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) fail(Status::kIo, path, "cannot read the file");
  if (!S_ISREG(facts.st_mode)) {
    throw Error(Status::kNotFound, path.string() + ": not a regular file; name a file");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(Status::kIo, path, "cannot read the file");
    if (got == 0) break;  // it shrank meanwhile; its format will tell
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace ockham
