// The report as one self-contained page: inline styles and pictures, no script, nothing fetched.
#pragma once

#include <string>

#include "bench/report/report.h"

namespace ockham::bench {

/// What was pruned and why, what it should give, what it gave, on what. Everything that comes from
/// model files is escaped.
std::string report_html(const Report& report);

}  // namespace ockham::bench
