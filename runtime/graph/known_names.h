// Names that the user chooses from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/error.h"

namespace ockham {

/// Throws Error(kInvalidArgument): "method 'x' is unknown; known are: vib, ard". `what` is
/// "method".
[[noreturn]] inline void refuse_unknown_name(std::string_view what, std::string_view name,
                                             const std::vector<std::string>& known) {
  std::string text = std::string(what) + " '" + std::string(name) + "' is unknown; known are: ";
  for (const std::string& one : known) text += (&one == &known.front() ? "" : ", ") + one;
  throw Error(Status::kInvalidArgument, text);
}

}  // namespace ockham
