#include "converters/onnx/text.h"

#include <cstdint>

#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

constexpr std::size_t kLongestName = 4096;
constexpr std::size_t kLongestQuote = 200;

bool is_control(char32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }

/// Reads one code point at `text[at]` and moves `at` behind it; false when it is not UTF-8 in its
/// shortest form.
bool read_code_point(std::string_view text, std::size_t& at, char32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const int following = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  if (following < 0 || lead > 0xf4 || at + static_cast<std::size_t>(following) >= text.size()) {
    return false;
  }
  point = following == 0 ? lead : lead & (0x3fu >> following);
  for (int i = 0; i < following; ++i) {
    const unsigned char next = byte(++at);
    if ((next & 0xc0) != 0x80) return false;
    point = (point << 6) | (next & 0x3f);
  }
  ++at;
  const bool overlong = (following == 2 && point < 0x800) || (following == 3 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  return !overlong && !surrogate && point <= 0x10ffff;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  if (text.size() > kLongestName) return false;
  for (std::size_t at = 0; at < text.size();) {
    char32_t point = 0;
    if (!read_code_point(text, at, point) || is_control(point)) return false;
  }
  return true;
}

void expect_plain_text(const std::string& what, std::string_view name) {
  if (is_plain_text(name)) return;
  throw Error(Status::kInvalidModel, what + " " + shown(name) +
                                         ": the name is no text; expected UTF-8 without control "
                                         "characters, at most " +
                                         std::to_string(kLongestName) + " bytes");
}

std::string shown(std::string_view text) {
  std::string result = "'";
  for (const char c : text.substr(0, kLongestQuote)) result += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > kLongestQuote) result += "...";
  return result + "'";
}

}  // namespace ockham::converters::onnx_io
