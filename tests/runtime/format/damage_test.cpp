// Damaged files and foreign files: each is refused, none crashes the reader.
#include <gmock/gmock.h>

#include <functional>

#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/runtime/format/forge.h"
#include "tests/runtime/format/sample_model.h"

namespace ockham::tests {
namespace {

using format::FileHeader;
using format::SectionEntry;
using format::SectionKind;

const Bytes& sample() {
  static const Bytes file = serialize_model(sample_model());
  return file;
}

void expect_refused(Status status, std::initializer_list<std::string> parts, const Bytes& file) {
  expect_error(status, parts, [&] { parse(file); });
}

/// The sample with another header, its sums right.
Bytes with_header(const std::function<void(FileHeader&)>& change) {
  Bytes file = sample();
  FileHeader changed = header(file);
  change(changed);
  set_header(file, changed);
  return sealed(file);
}

/// The sample with another entry in its table, its sums right.
Bytes with_entry(std::size_t index, const std::function<void(SectionEntry&)>& change) {
  Bytes file = sample();
  SectionEntry changed = entry(file, index);
  change(changed);
  set_entry(file, index, changed);
  return sealed(file);
}

TEST(Damage, SampleHasEverySectionAndPassesUnchanged) {
  ASSERT_EQ(header(sample()).section_count, 5u);
  EXPECT_LT(sample().size(), 20'000u);
  EXPECT_EQ(sealed(sample()), sample());
  EXPECT_EQ(parse_error(sample()), "accepted");
}

TEST(Damage, TruncationAtEveryByteIsRefused) {
  for (std::size_t size = 0; size < sample().size(); ++size) {
    const Bytes part(sample().begin(), sample().begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_NE(parse_error(part), "accepted") << size << " bytes";
  }
}

TEST(Damage, FlipOfEveryBitIsRefused) {
  Bytes file = sample();
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      const std::byte flip = std::byte{1} << bit;
      file[i] ^= flip;
      ASSERT_NE(parse_error(file), "accepted") << "bit " << bit << " of byte " << i;
      file[i] ^= flip;
    }
  }
}

TEST(Damage, EveryByteReplacedByZerosOrOnesIsRefused) {
  Bytes file = sample();
  for (std::size_t i = 0; i < file.size(); ++i) {
    const std::byte original = file[i];
    for (const std::byte replacement : {std::byte{0x00}, std::byte{0xFF}}) {
      if (original == replacement) continue;
      file[i] = replacement;
      ASSERT_NE(parse_error(file), "accepted") << "byte " << i;
    }
    file[i] = original;
  }
}

TEST(Damage, TrailingBytesAreRefused) {
  Bytes file = sample();
  file.push_back(std::byte{0});
  expect_refused(Status::kInvalidModel, {"length of the file", "copy the file again"}, file);
}

TEST(Damage, TrailingBytesThatTheHeaderCountsAreRefused) {
  Bytes file = sample();
  file.resize(file.size() + 64);
  FileHeader longer = header(file);
  longer.file_bytes = file.size();
  set_header(file, longer);
  expect_refused(Status::kInvalidModel, {"length of the file", "end of the last section"},
                 sealed(file));
}

TEST(Damage, AMisalignedBufferIsTheCallersFault) {
  alignas(64) std::byte storage[128] = {};
  expect_error(Status::kInvalidArgument, {"64"},
               [&] { parse_model(std::span(storage).subspan(1, 100), nullptr); });
}

TEST(ForeignFile, WrongMagicIsNamed) {
  expect_refused(Status::kInvalidModel, {"magic", "89 4f", "not an .ockham model file"},
                 with_header([](FileHeader& h) { h.magic[3] = 'X'; }));
}

TEST(ForeignFile, OtherByteOrderIsUnsupported) {
  expect_refused(Status::kUnsupported, {"byte order", "0x4030201", "little-endian"},
                 with_header([](FileHeader& h) { h.byte_order = 0x04030201; }));
}

TEST(ForeignFile, OtherFloatFormatIsUnsupported) {
  expect_refused(Status::kUnsupported, {"float format", "IEEE 754"},
                 with_header([](FileHeader& h) { h.float_format = 0x42ED4000; }));
}

TEST(Version, NewerMinimumReaderIsUnsupported) {
  static constexpr std::uint32_t kNext = format::kFormatVersion + 1;
  expect_refused(Status::kUnsupported,
                 {"minimum reader version", "found " + std::to_string(kNext), "newer Ockham"},
                 with_header([](FileHeader& h) { h.format_version = h.minimum_reader = kNext; }));
}

TEST(Version, NewerFormatThatThisReaderUnderstandsIsRead) {
  EXPECT_EQ(parse_error(
                with_header([](FileHeader& h) { h.format_version = format::kFormatVersion + 1; })),
            "accepted");
}

TEST(Version, ZeroIsRefused) {
  expect_refused(Status::kInvalidModel, {"format version", "found 0"},
                 with_header([](FileHeader& h) { h.format_version = 0; }));
  expect_refused(Status::kInvalidModel, {"minimum reader version", "found 0"},
                 with_header([](FileHeader& h) { h.minimum_reader = 0; }));
}

TEST(Header, ReservedFieldIsZero) {
  expect_refused(Status::kInvalidModel, {"reserved"},
                 with_header([](FileHeader& h) { h.reserved = 1; }));
}

TEST(Header, SectionCountThatDoesNotFitIsRefused) {
  for (const std::uint32_t count : {0xFFFFFFFFu, 0x08000000u, 1000u}) {
    expect_refused(Status::kInvalidModel, {"number of sections"},
                   with_header([&](FileHeader& h) { h.section_count = count; }));
  }
}

TEST(Table, FewerSectionsLeaveBytesThatNobodyOwns) {
  for (std::uint32_t count = 0; count < 5; ++count) {
    const Bytes file = with_header([&](FileHeader& h) { h.section_count = count; });
    expect_refused(Status::kInvalidModel, {"section table"}, file);
  }
}

TEST(Table, MisplacedSectionsAreRefused) {
  for (const std::int64_t shift : {-64, -1, 1, 4, 64, 1 << 20}) {
    expect_refused(
        Status::kInvalidModel, {"sections[1].offset"},
        with_entry(1, [&](SectionEntry& e) { e.offset += static_cast<std::uint64_t>(shift); }));
  }
  expect_refused(Status::kInvalidModel, {"sections[0].offset"},
                 with_entry(0, [](SectionEntry& e) { e.offset = ~std::uint64_t{0} - 63; }));
}

TEST(Table, OverlappingSectionsAreRefused) {
  const SectionEntry first = entry(sample(), 0);
  expect_refused(Status::kInvalidModel, {"sections[1].offset"},
                 with_entry(1, [&](SectionEntry& e) { e.offset = first.offset; }));
}

TEST(Table, LengthsBeyondTheFileAreRefused) {
  for (const std::uint64_t bytes : {std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    expect_refused(Status::kInvalidModel, {"sections[0].length"},
                   with_entry(0, [&](SectionEntry& e) { e.bytes = bytes; }));
  }
}

TEST(Table, ShortenedSectionsAreRefused) {
  expect_refused(Status::kInvalidModel, {"padding"},
                 with_entry(1, [](SectionEntry& e) { e.bytes -= 4; }));
  expect_refused(Status::kInvalidModel, {"end of the last section"},
                 with_entry(4, [](SectionEntry& e) { e.bytes -= 1; }));
}

TEST(Table, ReservedFieldIsZero) {
  expect_refused(Status::kInvalidModel, {"sections[2].reserved"},
                 with_entry(2, [](SectionEntry& e) { e.reserved = 1; }));
}

TEST(Table, KindsAscend) {
  expect_refused(Status::kInvalidModel, {"sections[1].kind"},
                 with_entry(1, [](SectionEntry& e) { e.kind = 1; }));
  expect_refused(Status::kInvalidModel, {"sections[0].kind"},
                 with_entry(0, [](SectionEntry& e) { e.kind = 0; }));
}

TEST(Table, PaddingBetweenSectionsIsZero) {
  Bytes file = sample();
  const SectionEntry last = entry(file, 4);
  ASSERT_NE(entry(file, 3).offset + entry(file, 3).bytes, last.offset);
  file[last.offset - 1] = std::byte{1};
  expect_refused(Status::kInvalidModel, {"padding"}, sealed(file));
}

TEST(Table, GraphAndWeightsAreRequired) {
  const Bytes file = sample();
  std::vector<format::Section> sections = format::open_container(file);
  for (const SectionKind missing : {SectionKind::kGraph, SectionKind::kWeights}) {
    std::vector<format::Section> others = sections;
    std::erase_if(others, [&](const format::Section& s) { return s.kind == missing; });
    expect_refused(Status::kInvalidModel,
                   {"no section " + std::string(format::section_name(missing))},
                   format::build_container(others, 1));
  }
}

TEST(Table, SectionsOfANewerWriterAreIgnoredButSummed) {
  const Bytes addition(100, std::byte{7});
  Bytes file = with_section(sample(), SectionKind{77}, addition);
  EXPECT_EQ(parse_error(file), "accepted");
  file.back() ^= std::byte{1};
  expect_refused(Status::kInvalidModel, {"of unknown kind", "sum"}, file);
}

}  // namespace
}  // namespace ockham::tests
