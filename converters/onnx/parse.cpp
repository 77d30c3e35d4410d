#include "converters/onnx/parse.h"

#include <google/protobuf/arena.h>

#include <array>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "runtime/format/foreign_file.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

constexpr std::size_t kLargestFile = std::numeric_limits<std::int32_t>::max();

/// The budget of the parse under way in this thread: protobuf's allocation hook takes no context.
thread_local MemoryBudget* parse_budget = nullptr;

class ParseBudget {
 public:
  explicit ParseBudget(MemoryBudget& budget) : outer_(std::exchange(parse_budget, &budget)) {}
  ~ParseBudget() { parse_budget = outer_; }
  ParseBudget(const ParseBudget&) = delete;
  ParseBudget& operator=(const ParseBudget&) = delete;

 private:
  MemoryBudget* outer_;
};

void* allocate_block(std::size_t bytes) {
  if (parse_budget != nullptr) parse_budget->charge(bytes, "parsing the file");
  return ::operator new(bytes);
}

void free_block(void* block, std::size_t) { ::operator delete(block); }

std::unique_ptr<google::protobuf::Arena> make_arena() {
  google::protobuf::ArenaOptions options;
  options.block_alloc = allocate_block;
  options.block_dealloc = free_block;
  return std::make_unique<google::protobuf::Arena>(options);
}

void check_size(std::size_t bytes) {
  if (bytes <= kLargestFile) return;
  throw Error(Status::kInvalidModel,
              "the model has " + std::to_string(bytes) + " bytes, expected at most " +
                  std::to_string(kLargestFile) + "; keep the weights as external data");
}

/// What to say of a file that is no protobuf message.
std::string no_message_text(std::istream& file) {
  file.clear();
  file.seekg(0);
  std::array<char, format::kForeignStart> start{};
  file.read(start.data(), start.size());
  const auto count = static_cast<std::size_t>(file.gcount());
  const std::string_view kind = format::foreign_file(std::as_bytes(std::span(start)).first(count),
                                                     format::ExpectedFile::kOnnx);
  if (kind.empty()) {
    return "not an ONNX model, or damaged: it cannot be parsed as protobuf; get it again, or "
           "export "
           "it again";
  }
  return "not an ONNX model: " + std::string(kind);
}

}  // namespace

ParsedModel::ParsedModel(std::istream& file, std::size_t bytes, MemoryBudget& budget) {
  check_size(bytes);
  budget.charge(bytes, "reading the file");
  const ParseBudget scope(budget);
  arena_ = make_arena();
  proto_ = google::protobuf::Arena::CreateMessage<::onnx::ModelProto>(arena_.get());
  if (proto_->ParseFromIstream(&file)) return;
  throw Error(Status::kInvalidModel, no_message_text(file));
}

ParsedModel::~ParsedModel() = default;

}  // namespace ockham::converters::onnx_io
