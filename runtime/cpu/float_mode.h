// The floating-point mode of a thread, and the one that flushes subnormals: such an operand can
// cost a hundred cycles, and pruned networks are full of almost-zeros.
#pragma once

#include <cstdint>

namespace ockham {

/// The calling thread's floating-point control register.
std::uint64_t float_mode();
void set_float_mode(std::uint64_t mode);
/// `mode` with subnormal results and operands flushed to zero.
std::uint64_t flushing(std::uint64_t mode);

}  // namespace ockham
