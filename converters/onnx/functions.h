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
  std::int64_t nodes = 0;             ///< that inlining puts in the place of a call
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

  /// How many nodes inlining puts in the place of `node` at most: those of the function that it
  /// calls, or of one of its branches, calls among them and what these call. kCountedTo stands for
  /// more than that, too.
  std::int64_t inlined_nodes(const ::onnx::NodeProto& node) const;

  static constexpr std::int64_t kCountedTo = 1'000'000'000;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  ///< domain, name, overload

  using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;
  using Depths = std::map<const Function*, int>;

  int depth_of(const Function& function, int level, Depths& depths) const;
  void count_nodes(const Depths& depths);
  std::int64_t inlined_nodes(const Nodes& body) const;

  std::map<Key, Function> functions_;
};

}  // namespace ockham::converters::onnx_io
