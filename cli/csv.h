// Tables for other programs: comma-separated values.
#pragma once

#include <string>
#include <vector>

namespace ockham::cli {

/// One line of CSV (quoted as in RFC 4180, lines end in LF), newline included: cells with a comma,
/// a quote or a line break are quoted.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace ockham::cli
