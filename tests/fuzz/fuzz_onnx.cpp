// Throws mutated ONNX files at the importer. What is accepted must survive export and import, and
// its metadata must be refused or decoded.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "runtime/graph/error.h"

namespace ockham::converters {
namespace {

const ImportOptions kOptions{.max_memory = std::size_t{16} << 20};

void decode_metadata(const OnnxModel& model) {
  try {
    from_metadata(model.metadata, model.graph);
  } catch (const Error&) {
    return;
  }
}

void check(std::string_view file) {
  OnnxModel model;
  try {
    model = import_onnx_bytes(file, kOptions);
  } catch (const Error& error) {
    if (error.status() == Status::kInternal) std::abort();
    return;
  }
  decode_metadata(model);
  const std::string exported = export_onnx_bytes(model);  // an Error here ends the fuzzer: a defect
  if (export_onnx_bytes(import_onnx_bytes(exported)) != exported) std::abort();
}

}  // namespace
}  // namespace ockham::converters

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ockham::converters::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
