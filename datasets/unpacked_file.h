// Files that may be compressed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace ockham::datasets {

/// The contents of a file, unpacked when its name ends in .gz or .xz. Throws Error: kNotFound, kIo,
/// kInvalidModel when it is damaged, cut off, or unpacks to more than 1 GiB.
std::vector<std::byte> read_unpacked(const std::filesystem::path& path);

/// `folder`/`name`, `name`.gz or `name`.xz, whichever is there first; empty when none is.
std::filesystem::path find_packed_or_plain(const std::filesystem::path& folder,
                                           const std::string& name);

}  // namespace ockham::datasets
