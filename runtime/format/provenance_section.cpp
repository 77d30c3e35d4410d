#include "runtime/format/flat_section.h"
#include "runtime/format/model_generated.h"
#include "runtime/format/sections.h"

namespace ockham::format {
namespace {

constexpr const char* kIdentifier = "OKPV";

using flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<file::LayerHistory> encode(FlatBufferBuilder& builder,
                                               const LayerHistory& layer) {
  return file::CreateLayerHistory(
      builder, builder.CreateString(layer.layer), layer.dense_width, layer.width,
      builder.CreateString(layer.reason), builder.CreateVector(layer.relevance), layer.threshold,
      builder.CreateVector(layer.mean), builder.CreateVector(layer.standard_deviation));
}

LayerHistory decode(SectionReader& section, const file::LayerHistory& layer) {
  return {.layer = section.text(layer.layer()),
          .dense_width = layer.dense_width(),
          .width = layer.width(),
          .reason = section.text(layer.reason()),
          .relevance = section.elements(layer.relevance()),
          .threshold = layer.threshold(),
          .mean = section.elements(layer.mean()),
          .standard_deviation = section.elements(layer.standard_deviation())};
}

}  // namespace

std::vector<std::byte> encode_provenance(const Provenance& provenance) {
  FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<file::Entry>> entries;
  for (const auto& [key, value] : provenance.entries) {
    entries.push_back(
        file::CreateEntry(builder, builder.CreateString(key), builder.CreateString(value)));
  }
  std::vector<flatbuffers::Offset<file::LayerHistory>> layers;
  for (const LayerHistory& layer : provenance.layers) layers.push_back(encode(builder, layer));
  const auto root =
      file::CreateProvenance(builder, builder.CreateVector(entries), builder.CreateVector(layers));
  return finish_section(builder, root, kIdentifier);
}

Provenance decode_provenance(std::span<const std::byte> bytes) {
  SectionReader section(SectionKind::kProvenance, bytes);
  const auto& root = section.root<file::Provenance>(kIdentifier);
  Provenance provenance;
  for (const auto* entry : *root.entries()) {
    provenance.entries.emplace_back(section.text(entry->key()), section.text(entry->value()));
  }
  for (const auto* layer : *root.layers()) provenance.layers.push_back(decode(section, *layer));
  return provenance;
}

}  // namespace ockham::format
