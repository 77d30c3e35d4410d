#include "converters/onnx/message_arena.h"

#include <new>
#include <utility>

namespace ockham::converters::onnx_io {
namespace {

/// Of the metering under way in this thread: protobuf's allocation hook takes no context.
thread_local MemoryBudget* metered = nullptr;

void* allocate_block(std::size_t bytes) {
  if (metered != nullptr) metered->charge(bytes, "parsing the file");
  return ::operator new(bytes);
}

void free_block(void* block, std::size_t) { ::operator delete(block); }

google::protobuf::ArenaOptions options() {
  google::protobuf::ArenaOptions counted;
  counted.block_alloc = allocate_block;
  counted.block_dealloc = free_block;
  return counted;
}

}  // namespace

MessageArena::MessageArena(MemoryBudget& budget) : budget_(budget), arena_(options()) {}

MessageArena::Metering::Metering(MemoryBudget& budget) : outer_(std::exchange(metered, &budget)) {}

MessageArena::Metering::~Metering() { metered = outer_; }

}  // namespace ockham::converters::onnx_io
