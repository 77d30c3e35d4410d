// How libFuzzer changes model files: mostly one section, and with the sums made right again, so
// that mutations get behind them.
#include <algorithm>
#include <cstdint>
#include <random>
#include <span>

#include "runtime/graph/error.h"
#include "tests/runtime/format/forge.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace ockham::tests {
namespace {

Bytes mutated(Bytes bytes, std::size_t max_size) {
  const std::size_t size = bytes.size();
  bytes.resize(std::max(size, max_size));
  auto* data = reinterpret_cast<std::uint8_t*>(bytes.data());
  bytes.resize(LLVMFuzzerMutate(data, size, max_size));
  return bytes;
}

/// The file with one section mutated; empty when the file's container is broken already.
Bytes with_mutated_section(const Bytes& file, std::size_t max_size, std::minstd_rand& random) {
  try {
    const auto sections = format::open_container(file);
    if (sections.empty()) return {};
    const format::Section& chosen = sections[random() % sections.size()];
    const std::size_t room = max_size > file.size() ? max_size - file.size() : 0;
    const Bytes bytes(chosen.bytes.begin(), chosen.bytes.end());
    return with_section(file, chosen.kind,
                        mutated(bytes, bytes.size() + std::min(room, bytes.size() + 64)));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace
}  // namespace ockham::tests

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace ockham::tests;
  std::minstd_rand random(seed + 1);
  const auto bytes = std::as_bytes(std::span(data, size));
  const Bytes file(bytes.begin(), bytes.end());
  Bytes changed;
  if (random() % 8 != 0) changed = with_mutated_section(file, max_size, random);
  if (changed.empty() || changed.size() > max_size) changed = sealed(mutated(file, max_size));
  std::ranges::transform(changed, data,
                         [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  return changed.size();
}
