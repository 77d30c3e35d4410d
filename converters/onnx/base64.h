// Bytes as text (RFC 4648, with padding).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ockham::converters::onnx_io {

std::string base64_encode(std::span<const std::byte> bytes);

/// Nothing when `text` is not what `base64_encode` writes.
std::optional<std::vector<std::byte>> base64_decode(std::string_view text);

}  // namespace ockham::converters::onnx_io
