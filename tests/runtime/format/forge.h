// Model files made wrong on purpose.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "runtime/format/container.h"
#include "runtime/format/container_layout.h"
#include "runtime/format/model_file.h"

namespace ockham::tests {

using Bytes = std::vector<std::byte>;

/// A copy at an address that parse_model takes, not a byte larger than `file`, so that a sanitizer
/// sees every read beyond it.
std::shared_ptr<std::byte[]> aligned_copy(const Bytes& file);

/// Parses such a copy.
ModelContents parse(const Bytes& file);

/// The text of the error that parsing ends in; "accepted" when it does not.
std::string parse_error(const Bytes& file);

/// The file with its sums made right again, as far as its table can be followed.
Bytes sealed(Bytes file);

/// A well-sealed file in which one section has other bytes.
Bytes with_section(const Bytes& file, format::SectionKind kind, const Bytes& section);

/// Where the table's entry of a section begins, and its contents.
std::size_t entry_offset(std::size_t index);
format::SectionEntry entry(const Bytes& file, std::size_t index);
void set_entry(Bytes& file, std::size_t index, const format::SectionEntry& entry);

format::FileHeader header(const Bytes& file);
void set_header(Bytes& file, const format::FileHeader& header);

}  // namespace ockham::tests
