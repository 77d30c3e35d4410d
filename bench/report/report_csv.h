// The report as a table for other programs.
#pragma once

#include <string>

#include "bench/report/report.h"

namespace ockham::bench {

/// CSV (quoted as in RFC 4180, lines end in LF) with a header: one line per layer of the network,
/// then of the baseline, each after a line for the whole network, whose layer is "total". Columns:
/// network ("network" or "baseline"), layer, op, kernel, macs (per image), params, us (median, of
/// the whole batch).
std::string report_csv(const Report& report);

}  // namespace ockham::bench
