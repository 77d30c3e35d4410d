#include "converters/onnx/versions.h"

#include <fmt/format.h>

#include "converters/onnx/import_node.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {

std::optional<std::int64_t> default_opset(const OpsetImports& imports, const std::string& what) {
  for (const auto& imported : imports) {
    if (!is_default_domain(imported.domain())) continue;
    const std::int64_t version = imported.version();
    if (version >= kOldestOpset && version <= kNewestOpset) return version;
    throw Error(Status::kUnsupported,
                fmt::format("{}opset version {}; supported: {} to {}; export the network with one "
                            "of those, or have onnx.version_converter rewrite it",
                            what, version, kOldestOpset, kNewestOpset));
  }
  return std::nullopt;
}

void check_ir_version(std::int64_t version) {
  if (version >= kOldestIr) return;
  throw Error(Status::kUnsupported,
              fmt::format("IR version {}; supported: from {} on", version, kOldestIr));
}

}  // namespace ockham::converters::onnx_io
