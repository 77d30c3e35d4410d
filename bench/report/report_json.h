// The report as JSON. Keys: docs/benchmarks.md.
#pragma once

#include <string>

#include "bench/report/report.h"

namespace ockham::bench {

/// Indented JSON; times in the unit that the key names, sizes in bytes, MACs per image.
std::string report_json(const Report& report);

}  // namespace ockham::bench
