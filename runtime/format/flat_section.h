// What reading and writing a FlatBuffers section have in common, whatever is in it.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/format/container.h"
#include "runtime/format/format_error.h"

namespace ockham::format {

/// Largest FlatBuffers section: its references are signed 32-bit numbers.
inline constexpr std::size_t kMaxFlatSection = FLATBUFFERS_MAX_BUFFER_SIZE - 1;

/// Verifies one section and copies out of it. A hostile section may refer to one string or table a
/// million times; as an honest one stores each object once, no more tables are followed and no more
/// bytes are copied than a section of this size can hold.
class SectionReader {
 public:
  SectionReader(SectionKind kind, std::span<const std::byte> bytes)
      : kind_(kind), bytes_(bytes), copies_left_(bytes.size()) {}

  /// The section's root table, all references in it verified.
  template <class Root>
  const Root& root(const char* identifier) const {
    constexpr std::size_t kSmallestTable = 8;  // a reference to it, and its own to its layout
    if (bytes_.size() > kMaxFlatSection) {
      refuse("length", std::to_string(bytes_.size()) + " bytes",
             "at most " + std::to_string(kMaxFlatSection));
    }
    flatbuffers::Verifier::Options limits;
    limits.max_depth = 8;
    limits.max_tables = static_cast<flatbuffers::uoffset_t>(bytes_.size() / kSmallestTable);
    const auto* start = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    if (!flatbuffers::Verifier(start, bytes_.size(), limits).VerifyBuffer<Root>(identifier)) {
      refuse("its tables", "missing fields or references out of range",
             std::string("a valid FlatBuffer '") + identifier + "'");
    }
    return *flatbuffers::GetRoot<Root>(start);
  }

  std::string text(const flatbuffers::String* string) {
    spend(string->size());
    return string->str();
  }

  /// An absent vector and an empty one are the same.
  template <class T>
  std::vector<T> elements(const flatbuffers::Vector<T>* vector) {
    if (vector == nullptr || vector->size() == 0) return {};
    spend(vector->size() * sizeof(T));
    // The verifier looks at the alignment of a vector's length alone.
    if (reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(T) != 0) {
      refuse("its vectors", "elements at an odd address", "elements aligned to their size");
    }
    return {vector->begin(), vector->end()};
  }

  [[noreturn]] void refuse(const std::string& field, const std::string& found,
                           const std::string& expected) const {
    format::refuse(section_name(kind_), field, found, expected);
  }

 private:
  void spend(std::size_t bytes) {
    if (bytes > copies_left_) {
      refuse("its strings and vectors",
             "more bytes than the section's " + std::to_string(bytes_.size()),
             "each to be stored and referred to once");
    }
    copies_left_ -= bytes;
  }

  SectionKind kind_;
  std::span<const std::byte> bytes_;
  std::size_t copies_left_;
};

/// The finished bytes of a section with this root.
template <class Root>
std::vector<std::byte> finish_section(flatbuffers::FlatBufferBuilder& builder,
                                      flatbuffers::Offset<Root> root, const char* identifier) {
  builder.Finish(root, identifier);
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace ockham::format
