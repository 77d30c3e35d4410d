#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "converters/onnx/import_graph.h"
#include "converters/onnx/onnx.h"
#include "converters/onnx/parse.h"
#include "converters/onnx/versions.h"
#include "runtime/format/files.h"
#include "runtime/graph/error.h"

namespace ockham::converters {
namespace {

namespace fs = std::filesystem;
using ::onnx::ModelProto;

/// Returns the opset.
std::int64_t check_header(const ModelProto& model) {
  if (!model.has_ir_version() || !model.has_graph()) {
    throw Error(
        Status::kInvalidModel,
        "not an ONNX model: it has no IR version or no graph; export it again (TensorFlow's .pb "
        "files by tf2onnx)");
  }
  onnx_io::check_ir_version(model.ir_version());
  const std::optional<std::int64_t> opset = onnx_io::default_opset(model.opset_import(), "");
  if (!opset) {
    throw Error(Status::kInvalidModel, "the model names no opset version of ONNX's default domain");
  }
  return *opset;
}

std::map<std::string, std::string> import_metadata(const ModelProto& model) {
  std::map<std::string, std::string> metadata;
  for (const auto& entry : model.metadata_props()) {
    metadata.insert_or_assign(entry.key(), entry.value());  // a second one wins, as elsewhere
  }
  return metadata;
}

OnnxModel import_model(const ModelProto& model, std::optional<onnx_io::DataFolders> folders,
                       const ImportOptions& options, onnx_io::MemoryBudget& budget) {
  const std::int64_t opset = check_header(model);
  onnx_io::TensorReader reader(std::move(folders), budget);
  Graph graph = onnx_io::import_graph(model, opset, options, reader, budget);
  return {.graph = std::move(graph), .metadata = import_metadata(model)};
}

OnnxModel import_file(const fs::path& path, const ImportOptions& options) {
  const std::size_t bytes = open_regular_file(path, "an ONNX file").size;
  if (bytes == 0) {
    throw Error(Status::kInvalidModel, "found an empty file, expected an ONNX file");
  }
  std::ifstream file(path, std::ios::binary);
  onnx_io::MemoryBudget budget(options.max_memory);
  const onnx_io::ParsedModel model(file, bytes, budget);
  OnnxModel imported = import_model(model.proto(), onnx_io::DataFolders(path), options, budget);
  imported.external_files = onnx_io::external_files(path, model.proto());
  return imported;
}

}  // namespace

OnnxModel import_onnx(const fs::path& path, const ImportOptions& options) {
  try {
    return import_file(path, options);
  } catch (const Error& error) {
    throw Error(error.status(), path.string() + ": " + error.what());
  }
}

OnnxModel import_onnx_bytes(std::string_view bytes, const ImportOptions& options) {
  std::istringstream file{std::string(bytes)};
  onnx_io::MemoryBudget budget(options.max_memory);
  const onnx_io::ParsedModel model(file, bytes.size(), budget);
  return import_model(model.proto(), std::nullopt, options, budget);
}

}  // namespace ockham::converters
