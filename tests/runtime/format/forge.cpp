#include "tests/runtime/format/forge.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "runtime/graph/error.h"

namespace ockham::tests {
namespace {

constexpr std::align_val_t kAlign{format::kAlignment};

template <class T>
T load(const Bytes& file, std::size_t offset) {
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

template <class T>
void store(Bytes& file, std::size_t offset, const T& value) {
  std::memcpy(file.data() + offset, &value, sizeof value);
}

bool lies_in(const format::SectionEntry& found, const Bytes& file) {
  return found.offset <= file.size() && found.bytes <= file.size() - found.offset;
}

}  // namespace

std::shared_ptr<std::byte[]> aligned_copy(const Bytes& file) {
  auto* copy = static_cast<std::byte*>(::operator new[](file.size(), kAlign));
  std::ranges::copy(file, copy);
  return {copy, [](std::byte* start) { ::operator delete[](start, kAlign); }};
}

ModelContents parse(const Bytes& file) {
  const auto copy = aligned_copy(file);
  return parse_model({copy.get(), file.size()}, copy);
}

std::string parse_error(const Bytes& file) {
  try {
    parse(file);
    return "accepted";
  } catch (const Error& error) {
    return error.what();
  }
}

std::size_t entry_offset(std::size_t index) {
  return sizeof(format::FileHeader) + index * sizeof(format::SectionEntry);
}

format::SectionEntry entry(const Bytes& file, std::size_t index) {
  return load<format::SectionEntry>(file, entry_offset(index));
}

void set_entry(Bytes& file, std::size_t index, const format::SectionEntry& changed) {
  store(file, entry_offset(index), changed);
}

format::FileHeader header(const Bytes& file) { return load<format::FileHeader>(file, 0); }

void set_header(Bytes& file, const format::FileHeader& changed) { store(file, 0, changed); }

Bytes sealed(Bytes file) {
  if (file.size() < sizeof(format::FileHeader)) return file;
  const std::size_t count = header(file).section_count;
  if (count > file.size() / sizeof(format::SectionEntry)) return file;
  const std::size_t covered = entry_offset(count);
  if (covered + sizeof(format::Checksum) > file.size()) return file;
  for (std::size_t i = 0; i < count; ++i) {
    format::SectionEntry resummed = entry(file, i);
    if (!lies_in(resummed, file)) continue;
    resummed.checksum =
        format::checksum_of(std::span(file).subspan(resummed.offset, resummed.bytes));
    set_entry(file, i, resummed);
  }
  store(file, covered, format::checksum_of(std::span(file).first(covered)));
  return file;
}

Bytes with_section(const Bytes& file, format::SectionKind kind, const Bytes& section) {
  std::vector<format::Section> sections = format::open_container(file);
  const auto changed = std::ranges::find(sections, kind, &format::Section::kind);
  if (changed == sections.end()) {
    sections.push_back({kind, section});
    std::ranges::sort(sections, {}, &format::Section::kind);
  } else {
    changed->bytes = section;
  }
  return format::build_container(sections, 1);
}

}  // namespace ockham::tests
