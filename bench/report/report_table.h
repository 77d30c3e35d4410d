// The report as a table for the terminal.
#pragma once

#include <string>

#include "bench/report/report.h"

namespace ockham::bench {

/// Figures of both networks, then a row per layer, theoretical beside measured, then the advice.
std::string report_table(const Report& report);

}  // namespace ockham::bench
