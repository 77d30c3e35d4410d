// The .ockham model file: what is in it, and reading and writing it. Specified, byte by byte, in
// docs/model_format.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/graph/input_preprocessing.h"

namespace ockham {

/// A sample that every session replays on creation. Outputs are those of the masked network.
struct SelfTest {
  std::int64_t batch = 0;
  std::vector<std::vector<float>> inputs;   ///< one per graph input, row-major, `batch` images
  std::vector<std::vector<float>> outputs;  ///< one per graph output
  /// In float32, an output may differ by max|found - expected| <= tolerance max|expected|, or by
  /// what `allowed` says of it (as absolute difference, one number per output, or empty).
  float tolerance = 1e-5f;
  std::vector<float> allowed = {};
};

/// How one layer came to its width.
struct LayerHistory {
  std::string layer;             ///< name of the node
  std::int64_t dense_width = 0;  ///< filters or neurons before pruning
  std::int64_t width = 0;        ///< after
  std::string reason;            ///< why it was cut, cut along, or not cut
  std::vector<float> relevance;  ///< per dense filter or neuron; may be empty
  float threshold = 0.0f;        ///< the cut: removed below this
  std::vector<float> mean;       ///< of the posterior, per dense filter or neuron; may be empty
  std::vector<float> standard_deviation;  ///< likewise
};

/// Who made the network, on what, how, and what it reached. The report is drawn from this alone.
/// Keys in use: docs/model_format.md, section "provenance".
struct Provenance {
  std::vector<std::pair<std::string, std::string>> entries;  ///< keys unique, in order of writing
  std::vector<LayerHistory> layers;

  /// The value under `key`, or "".
  std::string get(const std::string& key) const;
  void set(const std::string& key, const std::string& value);
  bool empty() const { return entries.empty() && layers.empty(); }
};

/// Everything a model file holds.
struct ModelContents {
  Graph graph;
  std::vector<InputPreprocessing> preprocessing;  ///< one per graph input, or empty
  std::optional<SelfTest> self_test;
  Provenance provenance;
};

/// Writes the file (see write_file in output_file.h), and returns its bytes. The graph is validated
/// first.
/// Throws Error(kIo) when the file cannot be written, kInvalidModel when the contents break a rule.
std::size_t write_model(const std::filesystem::path& path, const ModelContents& contents);

/// The bytes that `write_model` writes.
std::vector<std::byte> serialize_model(const ModelContents& contents);

/// Maps the file, checks every byte of it, and returns its contents; constants view the mapping and
/// keep it alive. Throws Error(kNotFound, kIo, kInvalidModel, kUnsupported) naming file, section,
/// field, found and expected.
ModelContents read_model(const std::filesystem::path& path);

/// The same from memory: `bytes` are aligned to 64 and kept alive by `owner`.
ModelContents parse_model(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

}  // namespace ockham
