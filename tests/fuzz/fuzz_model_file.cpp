// Any bytes as model file. What is accepted must survive being written and read again, and reading
// allocates no more than a small multiple of the file.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "runtime/format/model_file.h"
#include "runtime/graph/error.h"
#include "tests/fuzz/allocation_meter.h"
#include "tests/runtime/format/forge.h"

namespace ockham::tests {
namespace {

/// Of a file of `bytes`: its aligned copy, and contents whose smallest things, names of one letter
/// and nodes without attributes, are a dozen bytes in the file and some hundred in memory.
std::size_t allowed(std::size_t bytes) { return 64 * bytes + 65536; }

void check(const Bytes& file) {
  ModelContents contents;
  const AllocationMeter meter;
  try {
    contents = parse(file);
  } catch (const Error&) {
    meter.expect_at_most(allowed(file.size()));
    return;
  }
  meter.expect_at_most(allowed(file.size()));
  const Bytes rewritten = serialize_model(contents);  // an Error here ends the fuzzer: a defect
  if (serialize_model(parse(rewritten)) != rewritten) std::abort();
}

}  // namespace
}  // namespace ockham::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ockham::tests;
  const auto bytes = std::as_bytes(std::span(data, size));
  const Bytes file(bytes.begin(), bytes.end());
  check(file);
  check(sealed(file));
  return 0;
}
