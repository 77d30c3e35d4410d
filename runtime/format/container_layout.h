// The container's fixed parts, as they lie in the file.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ockham::format {

static_assert(std::endian::native == std::endian::little,
              "files are little-endian and mapped as they are");

/// Not text, and damaged by whatever converts line ends or strips the eighth bit.
inline constexpr std::array<unsigned char, 8> kMagic = {0x89, 'O', 'C', 'K', 'H', 'A', 'M', '\n'};
inline constexpr std::uint32_t kByteOrderMark = 0x01020304;
/// -118.625 as IEEE 754 binary32.
inline constexpr std::uint32_t kFloatFormatMark = 0xC2ED4000;

struct FileHeader {
  std::array<unsigned char, 8> magic = kMagic;
  std::uint32_t byte_order = kByteOrderMark;
  std::uint32_t float_format = kFloatFormatMark;
  std::uint32_t format_version = 0;
  std::uint32_t minimum_reader = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t section_count = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(FileHeader) == 40);

/// `section_count` of these follow the header; the checksum of header and table follows them.
struct SectionEntry {
  std::uint32_t kind = 0;
  std::uint32_t reserved = 0;
  std::uint64_t offset = 0;  ///< from the start of the file
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  ///< of the section's bytes
};
static_assert(sizeof(SectionEntry) == 32);

using Checksum = std::uint64_t;

/// XXH3-64 with seed 0: the checksum used throughout a model file.
Checksum checksum_of(std::span<const std::byte> bytes);

}  // namespace ockham::format
