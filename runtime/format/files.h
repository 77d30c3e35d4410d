// Whole files, read at once. Writing: output_file.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace ockham {

/// Owns an open file descriptor.
class Descriptor {
 public:
  /// Takes over `number`, -1 for none.
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  /// False when the system reports a late write error.
  bool close();

 private:
  int number_;
};

/// A regular file, open to be read.
struct RegularFile {
  Descriptor descriptor;
  std::size_t size;  ///< in bytes, when it was opened
};

/// Opens a file; `expected` says in messages what it should be ("a model file"). Does not wait for
/// the other end of a pipe. Throws Error, which leaves naming the path to the caller: kNotFound
/// when it cannot be opened, kIo when it is a folder, a pipe or a device.
RegularFile open_regular_file(const std::filesystem::path& path, std::string_view expected);

/// All bytes of a regular file. Throws Error naming the path: kNotFound when it cannot be opened,
/// kIo when it is no regular file, when it has more than `most` bytes, or when reading fails.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t most = SIZE_MAX);

}  // namespace ockham
