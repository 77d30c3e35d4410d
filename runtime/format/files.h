// Whole files: read at once, written all or nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace ockham {

/// All bytes of a regular file. Throws Error: kNotFound when there is none that can be opened, kIo
/// when reading fails.
std::vector<std::byte> read_file(const std::filesystem::path& path);

/// Writes `pieces` one after the other, atomically: under `path` stands the old file or the whole
/// new one, whatever happens meanwhile (temporary file beside it, fsync, rename, fsync of the
/// folder). Throws Error(kIo).
void write_file_atomically(const std::filesystem::path& path,
                           std::span<const std::span<const std::byte>> pieces);

/// The same for a single piece.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
/// The same for text.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace ockham
