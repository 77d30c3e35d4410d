// Tensors whose elements lie in files beside the model.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// Where the data of a model may lie: in the model's folder, links followed, or directly in the
/// folder of the real file where the model itself is a link. The latter is how Hugging Face's cache
/// lays models out: links to files in a folder of their own.
class DataFolders {
 public:
  explicit DataFolders(const std::filesystem::path& model);

  /// The data file at `location`, a path from the model's folder, without links. `where` names the
  /// tensor in errors. Throws Error: kInvalidModel, kNotFound.
  std::filesystem::path find(const std::string& location, const std::string& where) const;

 private:
  bool may_hold(const std::filesystem::path& file) const;

  std::filesystem::path folder_;         ///< as the user named it
  std::filesystem::path inside_;         ///< the same, without links; empty when it is not there
  std::filesystem::path of_real_model_;  ///< empty when the model is no link
};

/// Fills `bytes` from the file that `tensor` names. Offset and length are checked against the file.
/// `where` names the tensor in errors. Throws Error: kInvalidModel, kNotFound, kIo.
void read_external_data(const DataFolders& folders, const ::onnx::TensorProto& tensor,
                        const std::string& where, std::span<std::byte> bytes);

/// Throws Error when `read_external_data` would, short of reading: to be called before allocating.
void check_external_data(const DataFolders& folders, const ::onnx::TensorProto& tensor,
                         const std::string& where, std::size_t bytes);

/// The files that the model's tensors name, wherever in the model they stand and whether or not
/// anything reads them; sorted, each once. `path` is the model's own. Nothing is checked.
std::vector<std::filesystem::path> external_files(const std::filesystem::path& path,
                                                  const ::onnx::ModelProto& model);

}  // namespace ockham::converters::onnx_io
