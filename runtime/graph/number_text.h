// Numbers in messages.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>

namespace ockham {

/// The shortest digits that read back as the same number: "0.1", "-1e-09".
template <class Float>
std::string number_text(Float number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

/// "1 image", "8 images".
inline std::string images_text(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " image" : " images");
}

}  // namespace ockham
