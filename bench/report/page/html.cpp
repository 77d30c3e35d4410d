#include "bench/report/page/html.h"

#include <algorithm>
#include <array>

namespace ockham::bench {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// Elements without content or end tag.
bool is_void(std::string_view tag) {
  static constexpr std::array<std::string_view, 3> kVoid = {"br", "hr", "meta"};
  return std::find(kVoid.begin(), kVoid.end(), tag) != kVoid.end();
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_space = c == '\n' || c == '\t';
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else if ((byte < 0x20 && !is_space) || byte == 0x7f) {
      escaped += kReplacementCharacter;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

Element::Element(std::string tag, std::string_view css_class, std::string_view content)
    : tag_(std::move(tag)) {
  if (!css_class.empty()) set("class", css_class);
  text(content);
}

Element& Element::set(std::string_view attribute, std::string_view value) {
  attributes_ += ' ';
  attributes_ += attribute;
  attributes_ += "=\"" + escape_html(value) + '"';
  return *this;
}

Element& Element::text(std::string_view content) {
  content_ += escape_html(content);
  return *this;
}

Element& Element::add(const Element& child) {
  content_ += child.html();
  return *this;
}

std::string Element::html() const {
  const std::string start = '<' + tag_ + attributes_ + '>';
  return is_void(tag_) ? start : start + content_ + "</" + tag_ + '>';
}

}  // namespace ockham::bench
