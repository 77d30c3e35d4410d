// Elements of an HTML or SVG page. Text and attributes are escaped here and nowhere else, so that
// nothing read from a file can become markup.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace ockham::bench {

/// Text made safe between tags and in quoted attributes; control characters, which HTML forbids,
/// become U+FFFD.
std::string escape_html(std::string_view text);

/// One element. Tag and attribute names come from our code, never from a file.
class Element {
 public:
  explicit Element(std::string tag) : tag_(std::move(tag)) {}
  /// With a class and text, the usual case.
  Element(std::string tag, std::string_view css_class, std::string_view content = {});

  Element& set(std::string_view attribute, std::string_view value);
  Element& text(std::string_view content);
  Element& add(const Element& child);

  std::string html() const;

 private:
  std::string tag_;
  std::string attributes_;
  std::string content_;
};

}  // namespace ockham::bench
