#include "runtime/format/flat_section.h"
#include "runtime/format/model_generated.h"
#include "runtime/format/sections.h"

namespace ockham::format {
namespace {

constexpr const char* kIdentifier = "OKST";

using Tensors = flatbuffers::Vector<flatbuffers::Offset<file::Tensor>>;

flatbuffers::Offset<Tensors> encode(flatbuffers::FlatBufferBuilder& builder,
                                    const std::vector<std::vector<float>>& tensors) {
  std::vector<flatbuffers::Offset<file::Tensor>> encoded;
  for (const std::vector<float>& tensor : tensors) {
    encoded.push_back(file::CreateTensor(builder, builder.CreateVector(tensor)));
  }
  return builder.CreateVector(encoded);
}

std::vector<std::vector<float>> decode(SectionReader& section, const Tensors& encoded) {
  std::vector<std::vector<float>> tensors;
  for (const auto* tensor : encoded) tensors.push_back(section.elements(tensor->elements()));
  return tensors;
}

}  // namespace

std::vector<std::byte> encode_self_test(const SelfTest& self_test) {
  flatbuffers::FlatBufferBuilder builder;
  const auto inputs = encode(builder, self_test.inputs);
  const auto outputs = encode(builder, self_test.outputs);
  const auto allowed = self_test.allowed.empty() ? 0 : builder.CreateVector(self_test.allowed);
  const auto root =
      file::CreateSelfTest(builder, self_test.batch, inputs, outputs, self_test.tolerance, allowed);
  return finish_section(builder, root, kIdentifier);
}

SelfTest decode_self_test(std::span<const std::byte> bytes) {
  SectionReader section(SectionKind::kSelfTest, bytes);
  const auto& root = section.root<file::SelfTest>(kIdentifier);
  return {.batch = root.batch(),
          .inputs = decode(section, *root.inputs()),
          .outputs = decode(section, *root.outputs()),
          .tolerance = root.tolerance(),
          .allowed = section.elements(root.allowed())};
}

}  // namespace ockham::format
