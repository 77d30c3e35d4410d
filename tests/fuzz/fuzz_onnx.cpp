// Any bytes as ONNX file. What is accepted must survive export and import, its metadata must be
// refused or decoded, and importing allocates no more than its limit and a multiple of the file.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "runtime/graph/error.h"
#include "tests/fuzz/allocation_meter.h"

namespace ockham::converters {
namespace {

const ImportOptions kOptions{.max_memory = std::size_t{16} << 20};

/// The limit counts constants, activations and the parsed messages. The graph's names and nodes,
/// and what the importer notes of them, are a multiple of the file. A refusal may list all
/// operators that are supported.
std::size_t allowed(std::size_t bytes) {
  return kOptions.max_memory + 64 * bytes + 65536 + 4096 * Refusals::kMost;
}

/// What protobuf may reserve for one string of a damaged file: in a message that claims to be
/// longer than the file, it believes the string, too. Nothing is written there, and it goes with
/// the error.
constexpr std::size_t kReservedForOneString = 50'000'000;

bool is_of_protobuf(const Error& error) {
  return std::string_view(error.what()).find("cannot be parsed as protobuf") !=
         std::string_view::npos;
}

/// Nothing when the file is refused.
std::optional<OnnxModel> imported(std::string_view file, const ImportOptions& options) {
  const tests::AllocationMeter meter;
  std::optional<OnnxModel> model;
  std::size_t reserved = 0;
  try {
    model = import_onnx_bytes(file, options);
  } catch (const Error& error) {
    if (error.status() == Status::kInternal) std::abort();
    if (is_of_protobuf(error)) reserved = kReservedForOneString;
  }
  meter.expect_at_most(allowed(file.size()) + reserved);
  return model;
}

void decode_metadata(const OnnxModel& model) {
  try {
    from_metadata(model.metadata, model.graph);
  } catch (const Error&) {
    return;
  }
}

/// What is refused stays refused where the import goes on behind it.
void gather_refusals(std::string_view file) {
  Refusals refusals;
  ImportOptions options = kOptions;
  options.refusals = &refusals;
  if (imported(file, options)) std::abort();
}

void check(std::string_view file) {
  const std::optional<OnnxModel> model = imported(file, kOptions);
  if (!model) return gather_refusals(file);
  decode_metadata(*model);
  const std::string exported =
      export_onnx_bytes(*model);  // an Error here ends the fuzzer: a defect
  if (export_onnx_bytes(import_onnx_bytes(exported)) != exported) std::abort();
}

}  // namespace
}  // namespace ockham::converters

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ockham::converters::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
