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

[[noreturn]] void fail(Status status, const std::string& what) {
  throw Error(status, what + ": " + std::strerror(errno));
}

/// What to say of a file that is no regular one; empty for one that is.
std::string_view kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "";
  if (S_ISDIR(mode)) return "directory";
  if (S_ISFIFO(mode)) return "pipe";
  return S_ISSOCK(mode) ? "socket" : "device";
}

std::vector<std::byte> read_all(const RegularFile& file, std::size_t most) {
  if (file.size > most) {
    throw Error(Status::kIo, "the file has " + std::to_string(file.size) +
                                 " bytes, expected at most " + std::to_string(most));
  }
  std::vector<std::byte> bytes(file.size);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        ::read(file.descriptor.number(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(Status::kIo, "cannot read the file");
    if (got == 0) break;  // it shrank meanwhile; its format will tell
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor::~Descriptor() {
  if (is_open()) ::close(number_);
}

bool Descriptor::close() { return ::close(std::exchange(number_, -1)) == 0; }

RegularFile open_regular_file(const std::filesystem::path& path, std::string_view expected) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) fail(Status::kNotFound, "cannot open the file");
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) fail(Status::kIo, "cannot read the file");
  const std::string_view kind = kind_of(facts.st_mode);
  if (!kind.empty()) {
    throw Error(Status::kIo, "found a " + std::string(kind) + ", expected " +
                                 std::string(expected) +
                                 (kind == "pipe" ? "; write to a file what comes out of it" : ""));
  }
  return {std::move(file), static_cast<std::size_t>(facts.st_size)};
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t most) {
  try {
    return read_all(open_regular_file(path, "a file"), most);
  } catch (const Error& error) {
    throw Error(error.status(), path.string() + ": " + error.what());
  }
}

}  // namespace ockham
