#include "runtime/session/elf_size.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

namespace ockham {
namespace {

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return b > kMost - a ? kMost : a + b;
}

template <class Struct>
bool read(std::ifstream& in, Struct& into) {
  return static_cast<bool>(in.read(reinterpret_cast<char*>(&into), sizeof into));
}

}  // namespace

std::uint64_t stated_elf_size(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  Elf64_Ehdr header{};
  if (!read(in, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return 0;
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return 0;
  const std::uint64_t segments = std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  const std::uint64_t sections = std::uint64_t{header.e_shnum} * header.e_shentsize;
  std::uint64_t size =
      std::max(saturating_sum(header.e_phoff, segments), saturating_sum(header.e_shoff, sections));
  in.seekg(static_cast<std::streamoff>(header.e_phoff));
  Elf64_Phdr segment{};
  for (int i = 0; i < header.e_phnum && read(in, segment); ++i) {
    size = std::max(size, saturating_sum(segment.p_offset, segment.p_filesz));
  }
  return size;
}

}  // namespace ockham
