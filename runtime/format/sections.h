// Each section of a model file, to bytes and back. Decoding verifies the section's structure; the
// rules of its contents are those of model_rules.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/format/model_file.h"

namespace ockham::format {

/// Sections "graph" and "weights".
struct EncodedGraph {
  std::vector<std::byte> graph;
  std::vector<std::byte> weights;
  std::uint32_t minimum_reader;  ///< the first reader version that knows all operators
};

EncodedGraph encode_graph(const Graph& graph);
/// The graph's constants view `weights`, which `owner` keeps alive.
Graph decode_graph(std::span<const std::byte> graph, std::span<const std::byte> weights,
                   const std::shared_ptr<const void>& owner);

std::vector<std::byte> encode_preprocessing(const std::vector<InputPreprocessing>& preprocessing);
std::vector<InputPreprocessing> decode_preprocessing(std::span<const std::byte> section);

std::vector<std::byte> encode_self_test(const SelfTest& self_test);
SelfTest decode_self_test(std::span<const std::byte> section);

std::vector<std::byte> encode_provenance(const Provenance& provenance);
Provenance decode_provenance(std::span<const std::byte> section);

}  // namespace ockham::format
