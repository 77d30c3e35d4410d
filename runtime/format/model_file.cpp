#include "runtime/format/model_file.h"

#include <algorithm>
#include <cstdint>

#include "runtime/format/container.h"
#include "runtime/format/format_error.h"
#include "runtime/format/mapped_file.h"
#include "runtime/format/model_rules.h"
#include "runtime/format/output_file.h"
#include "runtime/format/sections.h"
#include "runtime/graph/error.h"

namespace ockham {
namespace {

using format::Section;
using format::SectionKind;

std::span<const std::byte> required(std::span<const Section> sections, SectionKind kind) {
  const auto bytes = format::find_section(sections, kind);
  if (!bytes) {
    const std::string name(format::section_name(kind));
    format::refuse("table", "sections", "no section " + name, "one");
  }
  return *bytes;
}

/// What a file says about itself ends up in messages: on one line, and without control sequences.
std::string printable(std::string text) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

/// Errors say which file they are about.
template <class Action>
auto naming(const std::string& file, const Action& action) {
  try {
    return action();
  } catch (const Error& error) {
    throw Error(error.status(), printable(file + ": " + error.what()));
  }
}

ModelContents parse(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner) {
  const std::vector<Section> sections = format::open_container(bytes);
  ModelContents contents;
  contents.graph = format::decode_graph(required(sections, SectionKind::kGraph),
                                        required(sections, SectionKind::kWeights), owner);
  if (const auto section = format::find_section(sections, SectionKind::kPreprocessing)) {
    contents.preprocessing = format::decode_preprocessing(*section);
  }
  if (const auto section = format::find_section(sections, SectionKind::kSelfTest)) {
    contents.self_test = format::decode_self_test(*section);
  }
  if (const auto section = format::find_section(sections, SectionKind::kProvenance)) {
    contents.provenance = format::decode_provenance(*section);
  }
  format::check_model(contents);
  return contents;
}

}  // namespace

std::string Provenance::get(const std::string& key) const {
  const auto found = std::ranges::find(entries, key, &std::pair<std::string, std::string>::first);
  return found == entries.end() ? std::string() : found->second;
}

void Provenance::set(const std::string& key, const std::string& value) {
  const auto found = std::ranges::find(entries, key, &std::pair<std::string, std::string>::first);
  if (found == entries.end()) {
    entries.emplace_back(key, value);
  } else {
    found->second = value;
  }
}

std::vector<std::byte> serialize_model(const ModelContents& contents) {
  format::check_model(contents);
  const format::EncodedGraph encoded = format::encode_graph(contents.graph);
  const std::vector<std::byte> preprocessing = format::encode_preprocessing(contents.preprocessing);
  const std::vector<std::byte> self_test =
      contents.self_test ? format::encode_self_test(*contents.self_test) : std::vector<std::byte>();
  const std::vector<std::byte> provenance = format::encode_provenance(contents.provenance);

  std::vector<Section> sections = {{SectionKind::kGraph, encoded.graph},
                                   {SectionKind::kWeights, encoded.weights}};
  if (!contents.preprocessing.empty())
    sections.push_back({SectionKind::kPreprocessing, preprocessing});
  if (contents.self_test) sections.push_back({SectionKind::kSelfTest, self_test});
  if (!contents.provenance.empty()) sections.push_back({SectionKind::kProvenance, provenance});
  return format::build_container(sections, encoded.minimum_reader);
}

std::size_t write_model(const std::filesystem::path& path, const ModelContents& contents) {
  const auto bytes = naming(path.string(), [&] { return serialize_model(contents); });
  write_file(path, bytes);
  return bytes.size();
}

ModelContents read_model(const std::filesystem::path& path) {
  return naming(path.string(), [&] {
    const format::MappedFile file = format::map_file(path);
    return parse(file.bytes, file.owner);
  });
}

ModelContents parse_model(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  return naming("model in memory", [&] {
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % format::kAlignment != 0) {
      throw Error(Status::kInvalidArgument,
                  "its bytes start at an odd address, expected a multiple of " +
                      std::to_string(format::kAlignment));
    }
    return parse(bytes, owner);
  });
}

}  // namespace ockham
