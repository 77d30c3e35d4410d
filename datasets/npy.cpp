#include "datasets/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/format/extents.h"
#include "runtime/format/files.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"

static_assert(std::endian::native == std::endian::little,
              "arrays are written as they lie in memory");

namespace ockham::datasets {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kPrefix = 8;  ///< magic and version; the header's length follows
constexpr std::size_t kAlignment = 64;

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

[[noreturn]] void damaged(const std::string& what) { throw Error(Status::kInvalidModel, what); }
[[noreturn]] void unsupported(const std::string& what) { throw Error(Status::kUnsupported, what); }

/// Reads the header's dictionary, the small part of Python's syntax that NumPy writes there.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  Header parse() {
    Header header;
    std::vector<std::string> keys;
    expect('{');
    while (!accept('}')) {
      keys.push_back(parse_string());
      expect(':');
      parse_value(keys.back(), header);
      if (!accept(',') && peek() != '}') malformed();
    }
    std::ranges::sort(keys);
    if (peek() != '\0' || keys != std::vector<std::string>{"descr", "fortran_order", "shape"}) {
      malformed();
    }
    return header;
  }

 private:
  [[noreturn]] static void malformed() {
    damaged("header: expected {'descr': ..., 'fortran_order': ..., 'shape': ...}");
  }

  /// The next character that is not a blank; NUL at the end.
  char peek() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size()));
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool accept(char character) {
    if (peek() != character) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char character) {
    if (!accept(character)) malformed();
  }

  bool accept_word(std::string_view word) {
    peek();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  void parse_value(const std::string& key, Header& header) {
    if (key == "descr") {
      header.descr = parse_string();
    } else if (key == "fortran_order") {
      header.fortran_order = parse_bool();
    } else if (key == "shape") {
      header.shape = parse_tuple();
    } else {
      malformed();
    }
  }

  std::string parse_string() {
    expect('\'');
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) malformed();
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool parse_bool() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    malformed();
  }

  std::vector<std::int64_t> parse_tuple() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(parse_extent());
      if (!accept(',') && peek() != ')') malformed();
    }
    return extents;
  }

  std::int64_t parse_extent() {
    peek();
    std::int64_t extent = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
    if (error != std::errc() || extent < 0) malformed();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return extent;
  }

  std::string_view rest_;
};

/// The header's text; its length takes two bytes in version 1, four in versions 2 and 3.
std::string_view header_text(std::string_view file) {
  if (file.size() < kPrefix || !file.starts_with(kMagic)) {
    damaged("not a .npy file; write it by numpy.save");
  }
  const int version = static_cast<std::uint8_t>(file[kMagic.size()]);
  if (version < 1 || version > 3) {
    unsupported("format version " + std::to_string(version) + ", supported are 1, 2 and 3");
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::uint32_t length = 0;
  if (file.size() - kPrefix < length_bytes) damaged("file ends within its header");
  std::memcpy(&length, file.data() + kPrefix, length_bytes);
  const std::string_view rest = file.substr(kPrefix + length_bytes);
  if (length > rest.size()) damaged("file ends within its header");
  return rest.substr(0, length);
}

/// Bytes of one element.
std::int64_t element_size(const Header& header) {
  if (header.fortran_order) {
    unsupported("Fortran order; write it by numpy.save(..., numpy.ascontiguousarray(array))");
  }
  if (header.descr == "<f4") return 4;
  if (header.descr == "|u1") return 1;
  unsupported("element type '" + header.descr +
              "', supported are '<f4' and '|u1'; convert it by array.astype('float32')");
}

std::vector<float> decode(std::string_view data, std::int64_t size) {
  if (size == 1) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
    return {bytes, bytes + data.size()};
  }
  std::vector<float> values(data.size() / sizeof(float));
  std::ranges::copy(data, reinterpret_cast<char*>(values.data()));
  return values;
}

Array parse(std::string_view file) {
  const std::string_view text = header_text(file);
  const std::string_view data(text.data() + text.size(), file.data() + file.size());
  Header header = HeaderParser(text).parse();
  const std::int64_t size = element_size(header);
  const std::optional<std::int64_t> expected = byte_size(header.shape, size);
  if (!expected || static_cast<std::uint64_t>(*expected) != data.size()) {
    damaged("found " + std::to_string(data.size()) + " bytes of data, its shape needs " +
            (expected ? std::to_string(*expected) : "an impossible number"));
  }
  return {std::move(header.shape), decode(data, size), size == 1};
}

/// Magic, version, length and dictionary, padded so that the data is aligned.
std::string make_header(const std::vector<std::int64_t>& shape) {
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : shape) dictionary += std::to_string(extent) + ", ";
  dictionary += "), }";
  const std::size_t unpadded = kPrefix + 2 + dictionary.size() + 1;
  dictionary.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  const auto length = static_cast<std::uint16_t>(dictionary.size());
  std::string header(kMagic);
  header += {'\1', '\0', static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return header + dictionary;
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
  const std::vector<std::byte> file = read_file(path);
  try {
    return parse({reinterpret_cast<const char*>(file.data()), file.size()});
  } catch (const Error& error) {
    throw Error(error.status(), path.string() + ": " + error.what());
  }
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  const std::optional<std::int64_t> expected = byte_size(array.shape, sizeof(float));
  const std::span<const std::byte> data = std::as_bytes(std::span(array.data));
  if (!expected || static_cast<std::uint64_t>(*expected) != data.size()) {
    throw Error(Status::kInvalidArgument, path.string() + ": found " +
                                              std::to_string(array.data.size()) +
                                              " values, another number than the shape needs");
  }
  const std::string header = make_header(array.shape);
  write_file(path, std::array{std::as_bytes(std::span(header)), data});
}

}  // namespace ockham::datasets
