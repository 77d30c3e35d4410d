#include "runtime/format/flat_section.h"
#include "runtime/format/model_generated.h"
#include "runtime/format/sections.h"

namespace ockham::format {
namespace {

constexpr const char* kIdentifier = "OKPR";

}  // namespace

std::vector<std::byte> encode_preparation(const std::vector<InputPreparation>& preparation) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<file::InputPreparation>> inputs;
  for (const InputPreparation& input : preparation) {
    inputs.push_back(file::CreateInputPreparation(builder, input.scale,
                                                  builder.CreateVector(input.mean),
                                                  builder.CreateVector(input.deviation)));
  }
  const auto root = file::CreatePreparation(builder, builder.CreateVector(inputs));
  return finish_section(builder, root, kIdentifier);
}

std::vector<InputPreparation> decode_preparation(std::span<const std::byte> bytes) {
  SectionReader section(SectionKind::kPreparation, bytes);
  std::vector<InputPreparation> preparation;
  for (const auto* input : *section.root<file::Preparation>(kIdentifier).inputs()) {
    preparation.push_back({.scale = input->scale(),
                           .mean = section.elements(input->mean()),
                           .deviation = section.elements(input->deviation())});
  }
  return preparation;
}

}  // namespace ockham::format
