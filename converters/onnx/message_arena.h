// Memory for protobuf messages, counted.
#pragma once

#include <google/protobuf/arena.h>

#include "converters/onnx/memory_budget.h"

namespace ockham::converters::onnx_io {

/// Owns messages. Protobuf makes hundreds of bytes of message out of two bytes of file, so that
/// what it allocates counts against the budget, as long as a Metering is there.
class MessageArena {
 public:
  explicit MessageArena(MemoryBudget& budget);

  /// While it lives, this thread's messages in arenas may throw Error(kOutOfMemory).
  class Metering {
   public:
    explicit Metering(MemoryBudget& budget);
    ~Metering();
    Metering(const Metering&) = delete;
    Metering& operator=(const Metering&) = delete;

   private:
    MemoryBudget* outer_;
  };

  Metering metering() { return Metering(budget_); }

  template <class Message>
  Message& make() {
    return *google::protobuf::Arena::CreateMessage<Message>(&arena_);
  }

 private:
  MemoryBudget& budget_;
  google::protobuf::Arena arena_;
};

}  // namespace ockham::converters::onnx_io
