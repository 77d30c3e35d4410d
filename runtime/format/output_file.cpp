#include "runtime/format/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/format/files.h"
#include "runtime/graph/error.h"

namespace ockham {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  ///< in a row, as many as Linux follows
constexpr mode_t kPermissions = 0777;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw Error(Status::kIo, path.string() + ": " + what + ": " + std::strerror(errno));
}

/// The names of temporary files, readable by a signal handler at any moment.
class TemporaryNames {
 public:
  /// A place for `name`, or -1 when all are taken or it is too long: then a signal leaves the file.
  int add(const std::string& name) {
    for (std::size_t i = 0; name.size() < PATH_MAX && i < slots_.size(); ++i) {
      State free = State::kFree;
      if (!slots_[i].state.compare_exchange_strong(free, State::kChanging)) continue;
      std::memcpy(slots_[i].name, name.c_str(), name.size() + 1);
      slots_[i].state.store(State::kTaken);
      return static_cast<int>(i);
    }
    return -1;
  }

  void remove(int place) {
    if (place >= 0) slots_[static_cast<std::size_t>(place)].state.store(State::kFree);
  }

  void unlink_all() {
    for (Slot& slot : slots_) {
      if (slot.state.load() == State::kTaken) ::unlink(slot.name);
    }
  }

 private:
  enum class State { kFree, kChanging, kTaken };
  struct Slot {
    std::atomic<State> state = State::kFree;
    char name[PATH_MAX] = {};
  };
  static_assert(std::atomic<State>::is_always_lock_free);

  std::array<Slot, 16> slots_;
};

TemporaryNames temporary_names;

/// A new file beside the one that it is to replace; removed unless it does.
class TemporaryFile {
 public:
  /// Throws Error(kIo), naming `target`.
  explicit TemporaryFile(const fs::path& target) {
    static std::atomic<unsigned> count = 0;
    const fs::path folder = target.parent_path();
    do {
      name_ = folder /
              (".ockham-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp");
      place_ = temporary_names.add(name_.string());
      file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
      if (file_ < 0) temporary_names.remove(place_);
    } while (file_ < 0 && errno == EEXIST);
    if (file_ < 0) fail(target, "cannot create a file in its folder");
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_ >= 0) ::close(file_);
    if (!done_) ::unlink(name_.c_str());
    temporary_names.remove(place_);
  }

  int number() const { return file_; }
  bool close() { return ::close(std::exchange(file_, -1)) == 0; }
  bool replace(const fs::path& target) {
    done_ = ::rename(name_.c_str(), target.c_str()) == 0;
    return done_;
  }

 private:
  fs::path name_;
  int place_ = -1;
  int file_ = -1;
  bool done_ = false;
};

bool write_all(int descriptor, std::span<const std::span<const std::byte>> pieces) {
  for (std::span<const std::byte> bytes : pieces) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }
  return true;
}

/// Makes a rename in `folder` survive a power cut. File systems that cannot are left to themselves.
void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.is_open()) ::fsync(descriptor.number());
}

/// Writes to what is no file that could be replaced. `path` is its name in errors. The reader of a
/// standard stream may leave when it has seen enough.
void write_in_place(const fs::path& path, int descriptor,
                    std::span<const std::span<const std::byte>> pieces) {
  if (write_all(descriptor, pieces)) return;
  const std::optional<int> named = named_descriptor(path);
  if (errno == EPIPE && (named == STDOUT_FILENO || named == STDERR_FILENO)) return;
  fail(path, "cannot write to it");
}

/// Mode and, where the system allows, owner of the file that is to be replaced. Rights that come
/// with the owner (set-user-ID) do not go to another.
void take_over(int descriptor, const struct stat& old) {
  mode_t mode = old.st_mode & kPermissions;
  if (::fchown(descriptor, old.st_uid, old.st_gid) == 0) mode = old.st_mode & 07777;
  ::fchmod(descriptor, mode);
}

void replace(const fs::path& target, const struct stat* old,
             std::span<const std::span<const std::byte>> pieces) {
  TemporaryFile temporary(target);
  if (old != nullptr) take_over(temporary.number(), *old);
  if (!write_all(temporary.number(), pieces) || ::fsync(temporary.number()) != 0 ||
      !temporary.close()) {
    fail(target, "cannot write the file");
  }
  if (!temporary.replace(target)) fail(target, "cannot replace it");
  sync_folder(target.parent_path());
}

}  // namespace

std::optional<int> named_descriptor(const fs::path& path) {
  const std::string& text = path.native();
  if (text == "-" || text == "/dev/stdout") return STDOUT_FILENO;
  if (text == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!text.starts_with(folder)) continue;
    int number = -1;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data() + folder.size(), end, number);
    if (problem == std::errc() && stop == end && number >= 0) return number;
  }
  return std::nullopt;
}

fs::path follow_links(const fs::path& path) {
  fs::path at = path;
  std::error_code problem;
  for (int i = 0; fs::is_symlink(at, problem); ++i) {
    if (i == kMostLinks) {
      throw Error(Status::kIo, path.string() + ": more than 40 links in a row; name the file");
    }
    const fs::path next = fs::read_symlink(at, problem);
    if (problem) break;
    at = at.parent_path() / next;  // an absolute one replaces what stands before it
  }
  if (!at.has_parent_path()) at = fs::path(".") / at;
  return at;
}

void write_file(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  if (const std::optional<int> descriptor = named_descriptor(path)) {
    return write_in_place(path, *descriptor, pieces);
  }
  struct stat old {};
  const fs::path target = follow_links(path);
  if (::stat(target.c_str(), &old) != 0) {
    if (errno != ENOENT) fail(path, "cannot be written");
    return replace(target, nullptr, pieces);
  }
  if (S_ISDIR(old.st_mode)) {
    throw Error(Status::kIo, path.string() + ": is a folder; name a file");
  }
  if (S_ISREG(old.st_mode)) {
    if (::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) {
      fail(path, "cannot write the file");
    }
    return replace(target, &old, pieces);
  }
  const Descriptor device(::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!device.is_open()) fail(path, "cannot open it for writing");
  write_in_place(path, device.number(), pieces);
}

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  write_file(path, std::array{bytes});
}

void write_file(const fs::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

void remove_temporary_files() noexcept { temporary_names.unlink_all(); }

}  // namespace ockham
