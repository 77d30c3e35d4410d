#include "converters/onnx/parse.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/stubs/logging.h>

#include <array>
#include <limits>
#include <span>
#include <string>

#include "runtime/format/foreign_file.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

constexpr std::size_t kLargestFile = std::numeric_limits<std::int32_t>::max();

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

/// Whether the stream's `bytes` bytes are a model.
bool parse(std::istream& file, int bytes, ::onnx::ModelProto& proto) {
  // Told how much there is, protobuf reserves no memory for a string that claims more.
  google::protobuf::io::IstreamInputStream stream(&file);
  try {
    return proto.ParseFromBoundedZeroCopyStream(&stream, bytes);
  } catch (const google::protobuf::FatalException&) {
    // Of some damaged files protobuf 3.21 reads past the end, and finds that it cannot go back.
    return false;
  }
}

/// While it lives, protobuf prints nothing: what is wrong with a file is ours to say.
class SilentProtobuf {
 public:
  SilentProtobuf() : saved_(google::protobuf::SetLogHandler(nullptr)) {}
  ~SilentProtobuf() { google::protobuf::SetLogHandler(saved_); }
  SilentProtobuf(const SilentProtobuf&) = delete;
  SilentProtobuf& operator=(const SilentProtobuf&) = delete;

 private:
  google::protobuf::LogHandler* saved_;
};

}  // namespace

ParsedModel::ParsedModel(std::istream& file, std::size_t bytes, MemoryBudget& budget)
    : arena_(budget), proto_(arena_.make<::onnx::ModelProto>()) {
  check_size(bytes);
  budget.charge(bytes, "reading the file");
  const MessageArena::Metering metering = arena_.metering();
  const SilentProtobuf silent;
  if (parse(file, static_cast<int>(bytes), proto_)) return;
  throw Error(Status::kInvalidModel, no_message_text(file));
}

}  // namespace ockham::converters::onnx_io
