// What ONNX has in a value that the Graph has in float32: numbers of another type, or quantised
// ones.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/operators/fake_quantize.h"

namespace ockham::converters::onnx_io {

/// How QuantizeLinear made whole numbers of floats. The Graph has the floats that DequantizeLinear
/// makes of them again.
struct Quantization {
  QuantizedType type = QuantizedType::kUint8;
  std::int64_t axis = 1;
  std::vector<float> scale, zero_point;  ///< one, or one for each position of the axis

  bool operator==(const Quantization&) const = default;
};

struct ValueType {
  std::int32_t element = ::onnx::TensorProto::FLOAT;
  std::optional<Quantization> quantization;
};

/// Whether numbers of the type are whole.
inline bool is_whole(std::int32_t element) {
  switch (element) {
    case ::onnx::TensorProto::UINT8:
    case ::onnx::TensorProto::INT8:
    case ::onnx::TensorProto::UINT16:
    case ::onnx::TensorProto::INT16:
    case ::onnx::TensorProto::UINT32:
    case ::onnx::TensorProto::INT32:
    case ::onnx::TensorProto::UINT64:
    case ::onnx::TensorProto::INT64:
      return true;
    default:
      return false;
  }
}

}  // namespace ockham::converters::onnx_io
