// Tensors whose elements lie in files beside the model.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// Fills `bytes` from the file that `tensor` names, which must lie inside `folder` once all links
/// are followed. Offset and length are checked against the file. `where` names the tensor in
/// errors. Throws Error: kInvalidModel, kNotFound, kIo.
void read_external_data(const std::filesystem::path& folder, const ::onnx::TensorProto& tensor,
                        const std::string& where, std::span<std::byte> bytes);

/// Throws Error when `read_external_data` would, short of reading: to be called before allocating.
void check_external_data(const std::filesystem::path& folder, const ::onnx::TensorProto& tensor,
                         const std::string& where, std::size_t bytes);

}  // namespace ockham::converters::onnx_io
