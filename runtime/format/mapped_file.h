// A file mapped into memory, read-only, its pages shared with whoever else maps it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace ockham::format {

struct MappedFile {
  std::span<const std::byte> bytes;   ///< starts at a page
  std::shared_ptr<const void> owner;  ///< unmaps when the last holder lets go
};

/// Maps a regular file. Throws Error: kNotFound when it cannot be opened, kIo when it is no regular
/// file or cannot be mapped, kInvalidModel when it is empty. Whoever changes a file that is mapped
/// must do so by rename, as write_file does.
MappedFile map_file(const std::filesystem::path& path);

}  // namespace ockham::format
