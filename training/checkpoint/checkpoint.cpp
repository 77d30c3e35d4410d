#include "training/checkpoint/checkpoint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/format/extents.h"
#include "runtime/format/files.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"

static_assert(std::endian::native == std::endian::little,
              "checkpoints are stored as they lie in memory");

namespace ockham::training {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 20;
constexpr std::size_t kAlignment = 8;  ///< of the first tensor in the file
constexpr int kHeaderDepth = 3;        ///< header object, tensor object, list of numbers

struct DTypeFacts {
  DType dtype;
  const char* name;
  std::int64_t size;
};
constexpr std::array<DTypeFacts, 4> kDTypes = {{{DType::kF32, "F32", 4},
                                                {DType::kF64, "F64", 8},
                                                {DType::kI64, "I64", 8},
                                                {DType::kU8, "U8", 1}}};

const DTypeFacts& facts_of(DType dtype) {
  return *std::ranges::find(kDTypes, dtype, &DTypeFacts::dtype);
}

[[noreturn]] void damaged(const std::string& what) { throw Error(Status::kInvalidModel, what); }

/// A tensor as the header states it: bytes [begin, end) of what follows the header.
struct Entry {
  std::string name;
  DType dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;
};

// ---- writing ----

/// Wide elements first: so every tensor is aligned to its elements without holes between them.
std::vector<const std::pair<const std::string, Tensor>*> in_file_order(
    const Checkpoint& checkpoint) {
  std::vector<const std::pair<const std::string, Tensor>*> order;
  for (const auto& named : checkpoint.tensors) order.push_back(&named);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [](const auto* named) { return element_size(named->second.dtype); });
  return order;
}

void check_writable(const std::string& name, const Tensor& tensor) {
  const std::optional<std::int64_t> expected = byte_size(tensor.shape, element_size(tensor.dtype));
  if (!expected) {
    throw Error(Status::kInvalidArgument, "checkpoint tensor '" + name + "': impossible shape");
  }
  if (static_cast<std::uint64_t>(*expected) != tensor.data.size()) {
    throw Error(Status::kInvalidArgument,
                "checkpoint tensor '" + name + "': found " + std::to_string(tensor.data.size()) +
                    " bytes, its shape needs " + std::to_string(*expected));
  }
  if (name == kMetadataKey) {
    throw Error(Status::kInvalidArgument, "checkpoint tensor '" + name +
                                              "': the name is taken by the layout; choose another");
  }
}

std::string header_text(const Json& header) {
  try {
    std::string text = header.dump();
    text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
    return text;
  } catch (const Json::exception&) {
    throw Error(Status::kInvalidArgument, "checkpoint: a name or text is not UTF-8");
  }
}

// ---- reading ----

/// Refuses what JSON leaves open but the layout forbids: the same key twice, and deep nesting.
class HeaderGuard {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key &&
        !keys_.back().insert(value.get<std::string>()).second) {
      damaged("header: '" + value.get<std::string>() + "' appears twice");
    }
    if (depth > kHeaderDepth) damaged("header: nested deeper than any tensor entry");
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

Json parse_header(std::span<const std::byte> bytes) {
  const char* text = reinterpret_cast<const char*>(bytes.data());
  if (bytes.empty() || *text != '{') damaged("header: found no JSON object");
  try {
    return Json::parse(text, text + bytes.size(), HeaderGuard());
  } catch (const Json::exception&) {
    damaged("header: not valid JSON");
  }
}

/// The header's bytes, as the file's first eight state their number.
std::span<const std::byte> header_bytes(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) {
    damaged("found " + std::to_string(file.size()) + " bytes, expected a header");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > file.size() - kLengthBytes) {
    damaged("header length " + std::to_string(length) + " goes beyond the file's " +
            std::to_string(file.size()) + " bytes");
  }
  if (length > kMaxHeaderBytes) {
    damaged("header length " + std::to_string(length) + ", expected at most " +
            std::to_string(kMaxHeaderBytes));
  }
  return file.subspan(kLengthBytes, length);
}

std::map<std::string, std::string> parse_metadata(const Json& json) {
  std::map<std::string, std::string> metadata;
  if (!json.is_object()) damaged("metadata: expected an object");
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) damaged("metadata '" + key + "': expected a text");
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

DType parse_dtype(const std::string& where, const Json& json) {
  if (!json.is_string()) damaged(where + "dtype: expected a text");
  const std::string name = json.get<std::string>();
  for (const DTypeFacts& facts : kDTypes) {
    if (name == facts.name) return facts.dtype;
  }
  throw Error(Status::kUnsupported,
              where + "dtype '" + name + "', supported are F32, F64, I64, U8");
}

std::vector<std::int64_t> parse_counts(const std::string& where, const Json& json) {
  if (!json.is_array()) damaged(where + ": expected a list");
  std::vector<std::int64_t> counts;
  for (const Json& number : json) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() > kMax) {
      damaged(where + ": expected whole numbers that are not negative");
    }
    counts.push_back(number.get<std::int64_t>());
  }
  return counts;
}

Entry parse_entry(const std::string& name, const Json& json) {
  const std::string where = "tensor '" + name + "': ";
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    damaged(where + "expected exactly dtype, shape and data_offsets");
  }
  const auto offsets = parse_counts(where + "data_offsets", json["data_offsets"]);
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    damaged(where + "data_offsets: expected begin and end, in this order");
  }
  Entry entry{name, parse_dtype(where, json["dtype"]), parse_counts(where + "shape", json["shape"]),
              static_cast<std::uint64_t>(offsets[0]), static_cast<std::uint64_t>(offsets[1])};
  const std::optional<std::int64_t> expected = byte_size(entry.shape, element_size(entry.dtype));
  if (!expected) damaged(where + "impossible shape");
  if (entry.end - entry.begin != static_cast<std::uint64_t>(*expected)) {
    damaged(where + "found " + std::to_string(entry.end - entry.begin) +
            " bytes, its shape needs " + std::to_string(*expected));
  }
  return entry;
}

/// The tensors must cover the data from its first to its last byte, each byte once.
void check_cover(std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  std::uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != covered) {
      damaged("tensor '" + entry.name + "': begins at " + std::to_string(entry.begin) +
              ", expected " + std::to_string(covered) + " (tensors overlap or leave a hole)");
    }
    covered = entry.end;
  }
  if (covered != data_bytes) {
    damaged("found " + std::to_string(data_bytes) + " bytes of tensors, expected " +
            std::to_string(covered));
  }
}

Checkpoint parse_checkpoint(std::span<const std::byte> file) {
  const std::span<const std::byte> header = header_bytes(file);
  const std::span<const std::byte> data = file.subspan(kLengthBytes + header.size());
  Checkpoint checkpoint;
  std::vector<Entry> entries;
  const Json json = parse_header(header);
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadataKey) {
      checkpoint.metadata = parse_metadata(value);
    } else {
      entries.push_back(parse_entry(name, value));
    }
  }
  check_cover(entries, data.size());
  for (Entry& entry : entries) {
    const auto bytes = data.subspan(entry.begin, entry.end - entry.begin);
    checkpoint.tensors.emplace(
        std::move(entry.name),
        Tensor{entry.dtype, std::move(entry.shape), {bytes.begin(), bytes.end()}});
  }
  return checkpoint;
}

}  // namespace

std::int64_t element_size(DType dtype) { return facts_of(dtype).size; }

const Tensor& Checkpoint::tensor(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    damaged("checkpoint: no tensor '" + name + "'; it was written by another program or version");
  }
  return found->second;
}

const std::string& Checkpoint::text(const std::string& key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    damaged("checkpoint: no entry '" + key + "'; it was written by another program or version");
  }
  return found->second;
}

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  Json header = Json::object();
  if (!checkpoint.metadata.empty()) header[std::string(kMetadataKey)] = checkpoint.metadata;
  std::vector<std::span<const std::byte>> pieces(2);  // length and header, known last
  std::uint64_t offset = 0;
  for (const auto* named : in_file_order(checkpoint)) {
    const auto& [name, tensor] = *named;
    check_writable(name, tensor);
    const std::uint64_t end = offset + tensor.data.size();
    header[name] = {{"dtype", facts_of(tensor.dtype).name},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, end}}};
    pieces.emplace_back(tensor.data);
    offset = end;
  }
  const std::string text = header_text(header);
  const std::array<std::uint64_t, 1> length = {text.size()};
  pieces[0] = std::as_bytes(std::span(length));
  pieces[1] = std::as_bytes(std::span(text));
  write_file(path, pieces);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const std::vector<std::byte> file = read_file(path);
  try {
    return parse_checkpoint(file);
  } catch (const Error& error) {
    throw Error(error.status(), path.string() + ": damaged checkpoint: " + error.what() +
                                    "; use an older checkpoint or start again without it");
  }
}

}  // namespace ockham::training
