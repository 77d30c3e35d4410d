// Numbers in messages.
#pragma once

#include <charconv>
#include <string>

namespace ockham {

/// The shortest digits that read back as the same number: "0.1", "-1e-09".
template <class Float>
std::string number_text(Float number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

}  // namespace ockham
