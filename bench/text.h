// Text for people: numbers with units, and strings from files made safe to print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ockham::bench {

/// Text from a file with control characters replaced, so that it cannot steer a terminal.
std::string printable(std::string_view text);

/// 2293000 -> "2.29 M", 143900 -> "144 k", 800 -> "800".
std::string short_count(std::int64_t count);
/// Bytes in binary units: 36700 -> "35.8 KiB".
std::string short_bytes(std::uint64_t bytes);
/// Microseconds with three digits and a unit that fits: 3.104 -> "3.10 µs", 15200 -> "15.2 ms".
std::string short_time(double microseconds);
/// A ratio: 8.53 -> "8.53×".
std::string ratio_text(double ratio);
/// Three significant digits without an exponent: 0.01234 -> "0.0123", 1234 -> "1234".
std::string three_digits(double value);

/// Columns that UTF-8 text takes on a terminal, wide and combining characters aside.
std::size_t display_width(std::string_view text);

}  // namespace ockham::bench
