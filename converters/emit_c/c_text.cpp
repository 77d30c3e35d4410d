#include "converters/emit_c/c_text.h"

#include <algorithm>
#include <cmath>

#include "runtime/graph/number_text.h"

namespace ockham::converters::c_code {
namespace {

constexpr std::size_t kLineLength = 100;
constexpr std::size_t kLongestComment = 200;

/// Arrays of at least a cache line start at one: vectors that straddle two are slower.
constexpr std::size_t kBytesOfLine = 64;

/// "TYPE NAME[COUNT] = {" and what follows, `texts` separated by commas in lines of sane length.
std::string array(std::string_view type, std::string_view name,
                  const std::vector<std::string>& texts) {
  std::string all = "static const " + std::string(type) + " " + std::string(name) + "[" +
                    std::to_string(texts.size()) + "] = {\n";
  std::string line;
  for (const std::string& text : texts) {
    if (line.size() + text.size() + 2 > kLineLength) {
      all += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "  " : " ") + text + ",";
  }
  return all + line + "\n};\n";
}

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

}  // namespace

std::string literal(float number) {
  if (std::isnan(number)) return "NAN";
  if (std::isinf(number)) return number > 0.0f ? "INFINITY" : "-INFINITY";
  std::string text = number_text(number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string comment(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, kLongestComment)) {
    const bool ends_something = c == '\\' || c == '?' || (c == '/' && safe.ends_with('*')) ||
                                (c == '*' && safe.ends_with('/'));
    safe += is_printable(c) && !ends_something ? c : '?';
  }
  // Three of them in a row could begin a trigraph.
  for (std::size_t at = 0; (at = safe.find("??", at)) != std::string::npos;) safe.erase(at, 1);
  if (text.size() > kLongestComment) safe += "...";
  return safe;
}

std::string float_array(std::string_view name, std::span<const float> numbers) {
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const float number : numbers) texts.push_back(literal(number));
  return array(numbers.size_bytes() < kBytesOfLine ? "float" : "_Alignas(64) float", name, texts);
}

std::string_view integer_type(std::span<const std::int64_t> numbers) {
  const bool is_small = std::ranges::all_of(
      numbers, [](std::int64_t number) { return number >= INT16_MIN && number <= INT16_MAX; });
  return is_small ? "int16_t" : "int32_t";
}

std::string integer_array(std::string_view name, std::span<const std::int64_t> numbers) {
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const std::int64_t number : numbers) texts.push_back(std::to_string(number));
  return array(integer_type(numbers), name, texts);
}

std::string replaced(std::string text, const Replacements& replacements) {
  for (const auto& [word, by] : replacements) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size()) {
      text.replace(at, word.size(), by);
    }
  }
  return text;
}

std::string indented(std::string_view text, int spaces) {
  const std::string margin(static_cast<std::size_t>(spaces), ' ');
  std::string all;
  bool starts_line = true;
  for (const char c : text) {
    if (starts_line && c != '\n') all += margin;
    all += c;
    starts_line = c == '\n';
  }
  return all;
}

}  // namespace ockham::converters::c_code
