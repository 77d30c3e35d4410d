#include "runtime/format/flat_section.h"
#include "runtime/format/model_generated.h"
#include "runtime/format/sections.h"

namespace ockham::format {
namespace {

constexpr const char* kIdentifier = "OKPR";

}  // namespace

std::vector<std::byte> encode_preprocessing(const std::vector<InputPreprocessing>& preprocessing) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<file::InputPreprocessing>> inputs;
  for (const InputPreprocessing& input : preprocessing) {
    inputs.push_back(
        file::CreateInputPreprocessing(builder, input.scale, builder.CreateVector(input.mean),
                                       builder.CreateVector(input.standard_deviation)));
  }
  const auto root = file::CreatePreprocessing(builder, builder.CreateVector(inputs));
  return finish_section(builder, root, kIdentifier);
}

std::vector<InputPreprocessing> decode_preprocessing(std::span<const std::byte> bytes) {
  SectionReader section(SectionKind::kPreprocessing, bytes);
  std::vector<InputPreprocessing> preprocessing;
  for (const auto* input : *section.root<file::Preprocessing>(kIdentifier).inputs()) {
    preprocessing.push_back({.scale = input->scale(),
                             .mean = section.elements(input->mean()),
                             .standard_deviation = section.elements(input->standard_deviation())});
  }
  return preprocessing;
}

}  // namespace ockham::format
