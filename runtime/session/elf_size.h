// How long a library's file must be by its own account.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ockham {

/// Bytes of an ELF file that its headers speak of: of tables, and of what is to be loaded. 0 for
/// what is no ELF file of 64 bits, or cannot be read. To open a file that has fewer, which a broken
/// copy leaves, can kill the process.
std::uint64_t stated_elf_size(const std::filesystem::path& file);

}  // namespace ockham
