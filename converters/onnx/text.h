// Names and texts out of files: what may enter a Graph, and how they are shown in messages.
#pragma once

#include <string>
#include <string_view>

namespace ockham::converters::onnx_io {

/// Whether `text` is UTF-8 without control characters, at most 4096 bytes long.
bool is_plain_text(std::string_view text);

/// Throws Error(kInvalidModel), which calls the owner of the name `what`, unless it is plain text.
void expect_plain_text(const std::string& what, std::string_view name);

/// `text` in single quotes, fit for a one-line message: shortened, other than printable ASCII as
/// '?'.
std::string shown(std::string_view text);

/// "a, b, c".
template <class Texts>
std::string joined(const Texts& texts) {
  std::string all;
  for (const auto& text : texts) {
    if (!all.empty()) all += ", ";
    all += text;
  }
  return all;
}

}  // namespace ockham::converters::onnx_io
