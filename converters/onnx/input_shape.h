// The shape of a network's input: what the file says, completed by what its user says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/shape.h"

namespace ockham::converters::onnx_io {

/// Axis 0 becomes the symbolic batch, whatever the file says; the other extents must be numbers, in
/// the file or in `given` (the batch first; null: not given). Throws Error naming `where`:
/// kUnsupported, kInvalidModel, and kInvalidArgument when `given` does not fit the file.
Shape input_shape(const ::onnx::TypeProto::Tensor& type, const std::vector<std::int64_t>* given,
                  const std::string& where);

}  // namespace ockham::converters::onnx_io
