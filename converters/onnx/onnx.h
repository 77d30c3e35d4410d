// ONNX in and out. The only exchange format: read opset 7 to 23, write opset 17, IR 8.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "runtime/graph/graph.h"

namespace ockham::converters {

/// A network with the metadata that travels beside it in `metadata_props`.
struct OnnxModel {
  Graph graph;
  std::map<std::string, std::string> metadata;  ///< untrusted on import
};

struct ImportLimits {
  std::size_t max_memory = std::size_t{4} << 30;  ///< bytes of constants and activations
};

/// Reads and validates an ONNX file. Throws Error: kNotFound, kInvalidModel (not ONNX, damaged,
/// hostile), kUnsupported (names node, operator, attribute, and what is supported), kOutOfMemory
/// (over the limit; nothing is allocated before).
OnnxModel import_onnx(const std::filesystem::path& path, const ImportLimits& limits = {});

/// The same from the file's bytes; external data is refused. For tests and fuzzing.
OnnxModel import_onnx_bytes(std::string_view bytes, const ImportLimits& limits = {});

/// Writes atomically. Importing the file again gives an equal graph, less the constants that no
/// node reads. Throws Error: kIo, kInvalidModel when the graph breaks a rule, kUnsupported when its
/// constants exceed what one ONNX file can hold.
void export_onnx(const std::filesystem::path& path, const OnnxModel& model);

/// The bytes that `export_onnx` writes.
std::string export_onnx_bytes(const OnnxModel& model);

}  // namespace ockham::converters
