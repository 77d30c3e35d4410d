// ONNX files as protobuf messages.
#pragma once

#include <cstddef>
#include <istream>
#include <memory>

#include "converters/onnx/memory_budget.h"
#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// A parsed file. Protobuf makes hundreds of bytes of message out of two bytes of file, so that
/// what it allocates is limited too.
class ParsedModel {
 public:
  /// `bytes` is how much `file` holds. Throws Error: kInvalidModel when it is no protobuf message
  /// or too large for one, kOutOfMemory.
  ParsedModel(std::istream& file, std::size_t bytes, MemoryBudget& budget);
  ~ParsedModel();
  ParsedModel(const ParsedModel&) = delete;
  ParsedModel& operator=(const ParsedModel&) = delete;

  const ::onnx::ModelProto& proto() const { return *proto_; }

 private:
  std::unique_ptr<google::protobuf::Arena> arena_;
  ::onnx::ModelProto* proto_ = nullptr;
};

}  // namespace ockham::converters::onnx_io
