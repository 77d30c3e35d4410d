// ONNX in and out. The only exchange format: reads opset 7 to 28; writes IR 8 and opset 17, or the
// newer opset that an operator needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// A network with the metadata that travels beside it in `metadata_props`.
struct OnnxModel {
  Graph graph;
  std::map<std::string, std::string> metadata;  ///< untrusted on import
  /// On import, the files beside it that hold, or may hold, its constants: not to be overwritten.
  std::vector<std::filesystem::path> external_files = {};
};

/// What an import refuses.
struct Refusals {
  static constexpr std::size_t kMost = 100;

  std::vector<std::string> texts;    ///< why, of each node, input or output that is refused
  std::int64_t unchecked_nodes = 0;  ///< which read what refused ones compute
};

struct ImportOptions {
  std::size_t max_memory = std::size_t{4} << 30;  ///< bytes of constants and activations
  /// Extents of inputs, by name, for those that the file leaves open: the batch first, which stays
  /// open and is written 1 or -1.
  std::map<std::string, std::vector<std::int64_t>> shapes = {};
  /// Where given, an import goes on behind a node that it refuses, and notes here why it refuses
  /// that and others, kMost at most. It throws the first of them when it is through.
  Refusals* refusals = nullptr;
};

/// Reads and validates an ONNX file. Throws Error: kNotFound, kInvalidModel (not ONNX, damaged,
/// hostile), kUnsupported (names node, operator, attribute, and what is supported), kOutOfMemory
/// (over the limit; nothing is allocated before), kInvalidArgument (a shape among the options does
/// not fit the file).
OnnxModel import_onnx(const std::filesystem::path& path, const ImportOptions& options = {});

/// The same from the file's bytes; external data is refused. For tests and fuzzing.
OnnxModel import_onnx_bytes(std::string_view bytes, const ImportOptions& options = {});

/// Writes atomically (see write_file), and returns the number of bytes. Importing the file again
/// gives an equal graph, less the nodes and constants that nothing reads. Throws Error: kIo,
/// kInvalidModel when the graph breaks a rule, kUnsupported when its constants exceed what one ONNX
/// file can hold.
std::size_t export_onnx(const std::filesystem::path& path, const OnnxModel& model);

/// The bytes that `export_onnx` writes.
std::string export_onnx_bytes(const OnnxModel& model);

}  // namespace ockham::converters
