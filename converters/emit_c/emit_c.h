// A network as C: one source file of plain C11 with its weights, and a header. docs/emit_c.md says
// what is in them.
#pragma once

#include <string>
#include <string_view>

#include "runtime/format/model_file.h"

namespace ockham::converters {

/// The texts of two files, ASCII. The source includes "<name>.h".
struct EmittedC {
  std::string name;  ///< of files and functions, a C identifier
  std::string header, source;
};

/// The name that files and functions get for a network called `wanted`: a C identifier in lower
/// case.
std::string emitted_name(std::string_view wanted);

/// The network for one image a call. The graph is validated; the self-test is not used. The same
/// contents give the same texts. Throws Error(kUnsupported) naming the node or value that C's `int`
/// cannot count.
EmittedC emit_c(std::string_view wanted_name, const ModelContents& contents);

}  // namespace ockham::converters
