// Versions of ONNX that can be imported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// The rules in operators/ and folding/ follow every version of their operators within these opsets
/// of ONNX's default domain. A newer opset may give an operator another meaning under the same
/// attributes, so that it is refused until its changes have been read.
inline constexpr std::int64_t kOldestOpset = 7;
inline constexpr std::int64_t kNewestOpset = 28;

/// The first IR version with opsets. Newer ones than this program knows are taken: what an operator
/// means is up to the opset alone.
inline constexpr std::int64_t kOldestIr = 3;

using OpsetImports = google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>;

/// The version of ONNX's default domain, or nothing where it is not listed. Throws
/// Error(kUnsupported), naming `what`, when it is not known.
std::optional<std::int64_t> default_opset(const OpsetImports& imports, const std::string& what);

/// Throws Error(kUnsupported).
void check_ir_version(std::int64_t version);

}  // namespace ockham::converters::onnx_io
