// What the fake of a CUDA module does, for the tests that open it.
#pragma once

#include <cstdint>

namespace ockham::tests {

/// Of outputs in tf32 and fp16, relative: within their tolerance. In bf16 they are twice too large.
inline constexpr float kFakeError = 1.0f / 256.0f;

inline constexpr const char* kFakeDevice = "Fake GPU";

/// What the plan says of a session that tunes.
inline constexpr const char* kFakeNote = "tuning: there is nothing to measure";

/// Why it fails, when an input starts with what is no number.
inline constexpr const char* kFakeFailure = "the fake was given no number";

/// What a stream of the fake is: it counts the runs that were put into it.
using FakeStream = int;

/// Nanoseconds that each step, and the whole run, take for one image.
inline constexpr std::int64_t kFakeImageNs = 1000;

}  // namespace ockham::tests
