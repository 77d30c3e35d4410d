// Whole files, read at once. Writing: output_file.h.
#pragma once

#include <cstddef>
#include <filesystem>
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

/// All bytes of a regular file. Throws Error: kNotFound when there is none that can be opened, kIo
/// when reading fails.
std::vector<std::byte> read_file(const std::filesystem::path& path);

}  // namespace ockham
