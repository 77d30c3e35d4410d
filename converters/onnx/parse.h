// ONNX files as protobuf messages.
#pragma once

#include <cstddef>
#include <istream>

#include "converters/onnx/memory_budget.h"
#include "converters/onnx/message_arena.h"
#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// A parsed file.
class ParsedModel {
 public:
  /// `bytes` is how much `file` holds. Throws Error: kInvalidModel when it is no protobuf message
  /// or too large for one, kOutOfMemory.
  ParsedModel(std::istream& file, std::size_t bytes, MemoryBudget& budget);

  const ::onnx::ModelProto& proto() const { return proto_; }

 private:
  MessageArena arena_;
  ::onnx::ModelProto& proto_;
};

}  // namespace ockham::converters::onnx_io
