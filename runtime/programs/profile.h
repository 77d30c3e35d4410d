// How long each step of a model takes, as a table, for other programs, and for trace viewers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/programs/arrays.h"
#include "runtime/session/session.h"

namespace ockham::programs {

struct StepProfile {
  std::string name, op, kernel;
  std::int64_t macs = 0;  ///< per image
  std::int64_t params = 0;
  double us = 0.0;  ///< median over the runs, of the whole batch
};

struct Profile {
  std::int64_t batch = 0;
  std::int64_t runs = 0;
  std::vector<StepProfile> steps;  ///< in order of execution

  double total_us() const;
};

/// Runs the first batch of `inputs` again and again, for about `seconds`, after a tenth of that to
/// warm up. Throws Error.
Profile measure_profile(Session& session, const std::vector<Array>& inputs, double seconds);

/// A table for people: microseconds and share of each step, GMAC per second.
std::string profile_text(const Profile& profile);
/// CSV with a header: step, op, kernel, macs (per image), params, us.
std::string profile_csv(const Profile& profile);
/// The steps one after the other, in the JSON of Chrome's trace viewer and Perfetto.
std::string profile_trace(const Profile& profile);

}  // namespace ockham::programs
