// The local functions of an ONNX model: operators that it defines itself, out of others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "converters/onnx/memory_budget.h"
#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

struct Function {
  const ::onnx::FunctionProto* proto = nullptr;
  std::vector<::onnx::AttributeProto> defaults;  ///< of attributes that a call may leave off
  std::optional<std::int64_t> opset;  ///< of its nodes, where it is not the model's: see FileNode
};

/// Of attributes that a call of `function` may leave off. Throws Error(kInvalidModel).
std::vector<::onnx::AttributeProto> default_attributes(const ::onnx::FunctionProto& function);

class Functions {
 public:
  /// Throws Error: kInvalidModel when two have one name, or one calls itself, kUnsupported when
  /// functions call functions too deep, kOutOfMemory. `model` must outlive the result.
  Functions(const ::onnx::ModelProto& model, MemoryBudget& budget);

  /// The function that a node calls, or null. It comes before an operator of the same name.
  const Function* find(const ::onnx::NodeProto& node) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  ///< domain, name, overload

  int depth_of(const Function& function, int level, std::map<const Function*, int>& depths) const;

  std::map<Key, Function> functions_;
};

}  // namespace ockham::converters::onnx_io
