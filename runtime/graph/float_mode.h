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
/// The same mode, with subnormals computed with as they are.
std::uint64_t keeping(std::uint64_t mode);

/// While it lives, the calling thread is in this mode.
class FloatModeScope {
 public:
  explicit FloatModeScope(std::uint64_t mode) : saved_(float_mode()) { set_float_mode(mode); }
  ~FloatModeScope() { set_float_mode(saved_); }
  FloatModeScope(const FloatModeScope&) = delete;
  FloatModeScope& operator=(const FloatModeScope&) = delete;

 private:
  std::uint64_t saved_;
};

}  // namespace ockham
