// Files of other kinds, known by how they begin.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ockham::format {

/// What a program expected to read.
enum class ExpectedFile { kModel, kOnnx };

/// Enough of a file's beginning for `foreign_file`.
inline constexpr std::size_t kForeignStart = 64;

/// What a file is that was not what was expected, and what to do: "this is a Git LFS pointer, not
/// the file itself; get that by git lfs pull". `start` is its beginning, kForeignStart bytes where
/// it has so many. Empty when that does not tell, and for a file
/// that begins as expected. A guess, for messages only.
std::string_view foreign_file(std::span<const std::byte> start, ExpectedFile expected);

}  // namespace ockham::format
