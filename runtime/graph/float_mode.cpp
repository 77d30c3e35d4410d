#include "runtime/graph/float_mode.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace ockham {

#if defined(__SSE2__)

std::uint64_t float_mode() { return _mm_getcsr(); }
void set_float_mode(std::uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
std::uint64_t flushing(std::uint64_t mode) {
  return mode | _MM_FLUSH_ZERO_ON | 0x40u;  // the latter: denormals are zero
}
std::uint64_t keeping(std::uint64_t mode) { return mode & ~flushing(0); }

#elif defined(__aarch64__)

std::uint64_t float_mode() {
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void set_float_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
std::uint64_t flushing(std::uint64_t mode) { return mode | (std::uint64_t{1} << 24); }
std::uint64_t keeping(std::uint64_t mode) { return mode & ~flushing(0); }

#else

std::uint64_t float_mode() { return 0; }
void set_float_mode(std::uint64_t) {}
std::uint64_t flushing(std::uint64_t mode) { return mode; }
std::uint64_t keeping(std::uint64_t mode) { return mode; }

#endif

}  // namespace ockham
