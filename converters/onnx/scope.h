// What each name of an ONNX graph stands for while the graph is imported.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "converters/onnx/extent.h"
#include "converters/onnx/tensor.h"
#include "runtime/graph/graph.h"

namespace ockham::converters::onnx_io {

/// A constant of the file. Its elements are read when a rule first asks for them, and it enters the
/// Graph only when a node of the Graph uses it.
struct Constant {
  std::string name;
  const ::onnx::TensorProto* tensor = nullptr;  ///< null when the elements were given
  std::optional<FloatTensor> floats;
  std::optional<IntegerTensor> integers;
  std::optional<ExtentTensor> extents;  ///< of numbers that may depend on the batch, or as such
  ValueId value = -1;                   ///< in the Graph, or -1
};

using Binding = std::variant<ValueId, std::shared_ptr<Constant>>;

using Scope = std::unordered_map<std::string, Binding>;

}  // namespace ockham::converters::onnx_io
