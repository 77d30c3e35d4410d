#include "runtime/format/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
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

/// Owns an open file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (is_open()) ::close(number_);
  }

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  /// False when the system reports a late write error.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

/// Removes the temporary file unless it has become the real one.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string name) : name_(std::move(name)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  const char* name() const { return name_.c_str(); }
  void release() { name_.clear(); }

 private:
  std::string name_;
};

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// Makes a rename in `folder` survive a power cut. File systems that cannot are left to themselves.
void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.is_open()) ::fsync(descriptor.number());
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
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

void write_file_atomically(const std::filesystem::path& path,
                           std::span<const std::span<const std::byte>> pieces) {
  TemporaryFile temporary(path.string() + "." + std::to_string(::getpid()) + ".tmp");
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  Descriptor file(::open(temporary.name(), kFlags, 0666));
  if (!file.is_open()) fail(Status::kIo, path, "cannot create a file in its folder");
  for (const std::span<const std::byte> piece : pieces) {
    if (!write_all(file.number(), piece)) fail(Status::kIo, path, "cannot write the file");
  }
  if (::fsync(file.number()) != 0 || !file.close())
    fail(Status::kIo, path, "cannot write the file");
  if (::rename(temporary.name(), path.c_str()) != 0) fail(Status::kIo, path, "cannot replace it");
  temporary.release();
  sync_folder(folder_of(path));
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  write_file_atomically(path, std::array{bytes});
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace ockham
