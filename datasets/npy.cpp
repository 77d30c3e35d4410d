#include "datasets/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "runtime/format/extents.h"
#include "runtime/format/files.h"
#include "runtime/format/float16.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"

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
      if (peek() == '[') unsupported("a structured array; write one field: array['name']");
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

/// What an array's elements are, as NumPy names it: "<f4" is byte order, kind and bytes.
struct ElementType {
  bool is_big_endian = false;
  char kind = 'f';  ///< 'f' float, 'i' and 'u' integer, 'b' bool
  std::int64_t size = 4;
};

ElementType parse_element_type(const std::string& descr) {
  constexpr std::array<std::string_view, 12> kKnown = {"f2", "f4", "f8", "i1", "i2", "i4",
                                                       "i8", "u1", "u2", "u4", "u8", "b1"};
  const bool has_order =
      !descr.empty() && std::string_view("<>|=").find(descr.front()) != std::string_view::npos;
  const std::string_view type = std::string_view(descr).substr(has_order ? 1 : 0);
  if (std::ranges::find(kKnown, type) == kKnown.end()) {
    unsupported("element type '" + descr +
                "', supported are floats of 2 to 8 bytes, integers and bool; convert it by "
                "array.astype('float32')");
  }
  return {descr.front() == '>', type[0], type[1] - '0'};
}

float to_float(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::isfinite(value) && std::abs(value) > kMost) {
    unsupported("found " + number_text(value) + ", more than float32 holds");
  }
  return static_cast<float>(value);
}

template <class T>
T load(const char* bytes, bool is_big_endian) {
  std::array<char, sizeof(T)> ordered;
  std::copy_n(bytes, sizeof(T), ordered.begin());
  if (is_big_endian) std::ranges::reverse(ordered);
  return std::bit_cast<T>(ordered);
}

template <class T>
std::vector<float> decode_as(std::string_view data, bool is_big_endian) {
  std::vector<float> values(data.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = load<T>(data.data() + i * sizeof(T), is_big_endian);
    if constexpr (std::is_same_v<T, double>) {
      values[i] = to_float(value);
    } else {
      values[i] = static_cast<float>(value);
    }
  }
  return values;
}

std::vector<float> decode_halves(std::string_view data, bool is_big_endian) {
  std::vector<float> values(data.size() / sizeof(std::uint16_t));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = float16_to_float(
        load<std::uint16_t>(data.data() + i * sizeof(std::uint16_t), is_big_endian));
  }
  return values;
}

std::vector<float> decode_floats(std::string_view data, const ElementType& type) {
  if (type.size == 2) return decode_halves(data, type.is_big_endian);
  return type.size == 4 ? decode_as<float>(data, type.is_big_endian)
                        : decode_as<double>(data, type.is_big_endian);
}

template <class One, class Two, class Four, class Eight>
std::vector<float> decode_integers(std::string_view data, const ElementType& type) {
  if (type.size == 1) return decode_as<One>(data, false);
  if (type.size == 2) return decode_as<Two>(data, type.is_big_endian);
  return type.size == 4 ? decode_as<Four>(data, type.is_big_endian)
                        : decode_as<Eight>(data, type.is_big_endian);
}

std::vector<float> decode(std::string_view data, const ElementType& type) {
  if (type.kind == 'f') return decode_floats(data, type);
  if (type.kind == 'i') {
    return decode_integers<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(data, type);
  }
  return decode_integers<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(data, type);
}

/// Elements whose first axis varies fastest, put so that the last one does.
std::vector<float> to_c_order(const std::vector<float>& values,
                              const std::vector<std::int64_t>& shape) {
  std::vector<float> ordered;
  ordered.reserve(values.size());
  std::vector<std::int64_t> position(shape.size(), 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t source = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      source = source * shape[axis] + position[axis];
    }
    ordered.push_back(values[static_cast<std::size_t>(source)]);
    for (std::size_t axis = shape.size(); axis-- > 0 && ++position[axis] == shape[axis];) {
      position[axis] = 0;
    }
  }
  return ordered;
}

Array parse(std::string_view file) {
  const std::string_view text = header_text(file);
  const std::string_view data(text.data() + text.size(), file.data() + file.size());
  Header header = HeaderParser(text).parse();
  const ElementType type = parse_element_type(header.descr);
  const std::optional<std::int64_t> expected = byte_size(header.shape, type.size);
  if (!expected || static_cast<std::uint64_t>(*expected) != data.size()) {
    damaged("found " + std::to_string(data.size()) + " bytes of data, its shape needs " +
            (expected ? std::to_string(*expected) : "an impossible number"));
  }
  std::vector<float> values = decode(data, type);
  if (header.fortran_order) values = to_c_order(values, header.shape);
  return {std::move(header.shape), std::move(values), type.kind == 'u' && type.size == 1};
}

/// The elements of an array of int64; none of another.
std::vector<std::int64_t> whole_numbers(const Array& array) {
  std::vector<std::int64_t> numbers;
  if (!array.is_int64) return numbers;
  numbers.reserve(array.data.size());
  for (const float number : array.data) numbers.push_back(static_cast<std::int64_t>(number));
  return numbers;
}

/// Magic, version, length and dictionary, padded so that the data is aligned.
std::string make_header(const Array& array) {
  std::string dictionary = "{'descr': '";
  dictionary += array.is_int64 ? "<i8" : "<f4";
  dictionary += "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : array.shape) dictionary += std::to_string(extent) + ", ";
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
  const std::string header = make_header(array);
  const std::vector<std::int64_t> indices = whole_numbers(array);
  const auto elements = array.is_int64 ? std::as_bytes(std::span(indices)) : data;
  write_file(path, std::array{std::as_bytes(std::span(header)), elements});
}

}  // namespace ockham::datasets
