// Advice: what the figures of one report say about where time goes, and nothing beyond that.
#pragma once

#include <string>
#include <vector>

#include "bench/report/report.h"

namespace ockham::bench {

/// Sentences, the most important first; empty when there is nothing to remark.
std::vector<std::string> advice(const Report& report);

}  // namespace ockham::bench
