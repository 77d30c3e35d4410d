// The container of a model file: header, table of sections, sums, zero padding. It knows nothing of
// what the sections mean. Layout: docs/model_format.md, "Container".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ockham::format {

/// Version of the format that is written, and the newest that this reader knows.
inline constexpr std::uint32_t kFormatVersion = 4;

/// Sections, and constants within section weights, start at multiples of this.
inline constexpr std::size_t kAlignment = 64;

/// Numbers are those of the file. Sections stand in it in ascending order.
enum class SectionKind : std::uint32_t {
  kGraph = 1,
  kWeights = 2,
  kPreprocessing = 3,
  kSelfTest = 4,
  kProvenance = 5,
};

/// The section's name in messages: "graph", "self-test"; "of unknown kind" for a newer writer's.
std::string_view section_name(SectionKind kind);

struct Section {
  SectionKind kind;
  std::span<const std::byte> bytes;
};

/// `size` rounded up to a multiple of kAlignment.
constexpr std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

/// Checks every byte outside the sections and the checksum of each section; returns the sections,
/// also those of a kind this reader does not know. Throws Error(kInvalidModel, kUnsupported).
std::vector<Section> open_container(std::span<const std::byte> file);

/// The bytes of the section of this kind, if it is there.
std::optional<std::span<const std::byte>> find_section(std::span<const Section> sections,
                                                       SectionKind kind);

/// A file of these sections (in ascending order of kind) for readers of at least `minimum_reader`.
std::vector<std::byte> build_container(std::span<const Section> sections,
                                       std::uint32_t minimum_reader);

/// First byte of `bytes` that is not zero, if there is one: padding has none.
std::optional<std::size_t> find_nonzero(std::span<const std::byte> bytes);

}  // namespace ockham::format
