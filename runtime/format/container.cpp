#include "runtime/format/container.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "runtime/format/container_layout.h"
#include "runtime/format/foreign_file.h"
#include "runtime/format/format_error.h"
#include "runtime/graph/error.h"

namespace ockham::format {
namespace {

constexpr std::string_view kHeader = "header";
constexpr std::string_view kTable = "table";

std::string hex(std::uint64_t number) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

std::string hex(std::span<const unsigned char> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    if (!text.empty()) text += ' ';
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

std::string bytes_text(std::uint64_t count) { return std::to_string(count) + " bytes"; }

template <class T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class T>
void store(std::span<std::byte> bytes, std::size_t offset, const T& value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

constexpr std::size_t entry_offset(std::size_t index) {
  return sizeof(FileHeader) + index * sizeof(SectionEntry);
}

/// End of header, table and their checksum.
constexpr std::size_t table_end(std::size_t section_count) {
  return entry_offset(section_count) + sizeof(Checksum);
}

/// Says what a file is that does not even begin as a model file, where that can be told.
void check_kind(std::span<const std::byte> file) {
  const std::string_view kind =
      foreign_file(file.first(std::min(file.size(), kForeignStart)), ExpectedFile::kModel);
  if (!kind.empty()) {
    throw Error(Status::kInvalidModel, "not an .ockham model file: " + std::string(kind));
  }
}

FileHeader read_header(std::span<const std::byte> file) {
  check_kind(file);
  if (file.size() < sizeof(FileHeader)) {
    refuse(kHeader, "length of the file", bytes_text(file.size()),
           "at least " + bytes_text(sizeof(FileHeader)) + "; is it a model file?");
  }
  return load<FileHeader>(file, 0);
}

/// Marks and versions come before the checksum: they tell whether the rest can be understood at
/// all.
void check_understood(const FileHeader& header) {
  if (header.magic != kMagic) {
    refuse(kHeader, "magic", hex(header.magic),
           hex(kMagic) + "; this is not an .ockham model file");
  }
  if (header.byte_order != kByteOrderMark) {
    throw Error(Status::kUnsupported, "section header, byte order mark: found " +
                                          hex(header.byte_order) + ", expected " +
                                          hex(kByteOrderMark) + " (little-endian)");
  }
  if (header.float_format != kFloatFormatMark) {
    throw Error(Status::kUnsupported, "section header, float format mark: found " +
                                          hex(header.float_format) + ", expected " +
                                          hex(kFloatFormatMark) + " (IEEE 754)");
  }
  if (header.minimum_reader > kFormatVersion) {
    throw Error(Status::kUnsupported, "section header, minimum reader version: found " +
                                          std::to_string(header.minimum_reader) +
                                          ", expected at most " + std::to_string(kFormatVersion) +
                                          "; read it with a newer Ockham");
  }
}

void check_header(const FileHeader& header, std::size_t file_bytes) {
  if (header.minimum_reader < 1) refuse(kHeader, "minimum reader version", "0", "at least 1");
  if (header.format_version < header.minimum_reader) {
    refuse(kHeader, "format version", std::to_string(header.format_version),
           "at least the minimum reader version, " + std::to_string(header.minimum_reader));
  }
  if (header.reserved != 0) refuse(kHeader, "reserved", std::to_string(header.reserved), "0");
  if (header.file_bytes != file_bytes) {
    refuse(kHeader, "length of the file", bytes_text(file_bytes),
           bytes_text(header.file_bytes) + " as it says itself; copy the file again");
  }
}

void check_table_checksum(std::span<const std::byte> file, std::size_t section_count) {
  const std::size_t room = (file.size() - sizeof(FileHeader)) / sizeof(SectionEntry);
  if (section_count > room || table_end(section_count) > file.size()) {
    refuse(kHeader, "number of sections", std::to_string(section_count),
           "a table that fits into " + bytes_text(file.size()));
  }
  const std::size_t covered = entry_offset(section_count);
  const Checksum expected = load<Checksum>(file, covered);
  const Checksum found = checksum_of(file.first(covered));
  if (found != expected) {
    refuse(kTable, "checksum of header and table", hex(found),
           hex(expected) + "; the file is damaged");
  }
}

void check_padding(std::span<const std::byte> file, std::size_t begin, std::size_t end) {
  if (const auto nonzero = find_nonzero(file.subspan(begin, end - begin))) {
    const std::size_t at = begin + *nonzero;
    refuse(kTable, "padding at byte " + std::to_string(at),
           std::to_string(std::to_integer<int>(file[at])), "0; the file is damaged");
  }
}

/// Walks over the sections in order; each must stand right behind the one before it.
class SectionWalk {
 public:
  SectionWalk(std::span<const std::byte> file, std::size_t section_count)
      : file_(file), end_(table_end(section_count)) {}

  Section next(const SectionEntry& entry, std::size_t index) {
    const std::string where = indexed("sections", index);
    if (entry.kind <= last_kind_) {
      refuse(kTable, where + ".kind", std::to_string(entry.kind),
             "more than " + std::to_string(last_kind_) + ", the kind before it");
    }
    if (entry.reserved != 0) {
      refuse(kTable, where + ".reserved", std::to_string(entry.reserved), "0");
    }
    const std::size_t begin = aligned(end_);
    if (entry.offset != begin) {
      refuse(kTable, where + ".offset", std::to_string(entry.offset), std::to_string(begin));
    }
    if (begin > file_.size() || entry.bytes > file_.size() - begin) {
      refuse(kTable, where + ".length", bytes_text(entry.bytes),
             "a section that ends within the file's " + bytes_text(file_.size()));
    }
    check_padding(file_, end_, begin);
    last_kind_ = entry.kind;
    end_ = begin + entry.bytes;
    return checked_section(entry);
  }

  void finish() const {
    if (end_ != file_.size()) {
      refuse(kTable, "length of the file", bytes_text(file_.size()),
             bytes_text(end_) + ", the end of the last section");
    }
  }

 private:
  Section checked_section(const SectionEntry& entry) const {
    const Section section{SectionKind{entry.kind}, file_.subspan(entry.offset, entry.bytes)};
    const Checksum found = checksum_of(section.bytes);
    if (found != entry.checksum) {
      refuse(section_name(section.kind), "checksum", hex(found),
             hex(entry.checksum) + "; the file is damaged");
    }
    return section;
  }

  std::span<const std::byte> file_;
  std::size_t end_;
  std::uint32_t last_kind_ = 0;
};

}  // namespace

std::string_view section_name(SectionKind kind) {
  switch (kind) {
    case SectionKind::kGraph:
      return "graph";
    case SectionKind::kWeights:
      return "weights";
    case SectionKind::kPreprocessing:
      return "preprocessing";
    case SectionKind::kSelfTest:
      return "self-test";
    case SectionKind::kProvenance:
      return "provenance";
  }
  return "of unknown kind";
}

std::optional<std::size_t> find_nonzero(std::span<const std::byte> bytes) {
  const auto found = std::ranges::find_if(bytes, [](std::byte b) { return b != std::byte{0}; });
  if (found == bytes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - bytes.begin());
}

std::vector<Section> open_container(std::span<const std::byte> file) {
  const FileHeader header = read_header(file);
  check_understood(header);
  check_header(header, file.size());
  check_table_checksum(file, header.section_count);

  std::vector<Section> sections;
  SectionWalk walk(file, header.section_count);
  for (std::size_t i = 0; i < header.section_count; ++i) {
    sections.push_back(walk.next(load<SectionEntry>(file, entry_offset(i)), i));
  }
  walk.finish();
  return sections;
}

std::optional<std::span<const std::byte>> find_section(std::span<const Section> sections,
                                                       SectionKind kind) {
  const auto found = std::ranges::find(sections, kind, &Section::kind);
  if (found == sections.end()) return std::nullopt;
  return found->bytes;
}

std::vector<std::byte> build_container(std::span<const Section> sections,
                                       std::uint32_t minimum_reader) {
  std::size_t end = table_end(sections.size());
  for (const Section& section : sections) end = aligned(end) + section.bytes.size();

  std::vector<std::byte> file(end);
  store(file, 0,
        FileHeader{.format_version = kFormatVersion,
                   .minimum_reader = minimum_reader,
                   .file_bytes = file.size(),
                   .section_count = static_cast<std::uint32_t>(sections.size())});
  end = table_end(sections.size());
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::span<const std::byte> bytes = sections[i].bytes;
    const std::size_t begin = aligned(end);
    store(file, entry_offset(i),
          SectionEntry{.kind = static_cast<std::uint32_t>(sections[i].kind),
                       .offset = begin,
                       .bytes = bytes.size(),
                       .checksum = checksum_of(bytes)});
    std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(begin));
    end = begin + bytes.size();
  }
  const std::size_t covered = entry_offset(sections.size());
  store(file, covered, checksum_of(std::span(file).first(covered)));
  return file;
}

}  // namespace ockham::format
