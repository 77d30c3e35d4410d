#include "bench/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ockham::bench {
namespace {

/// Divides by `step` until the number is short, and appends the unit it has come to.
template <std::size_t N>
std::string with_unit(double value, double step, const std::array<const char*, N>& units) {
  std::size_t unit = 0;
  const double rounds_to_step = 0.9995 * step;
  while (std::abs(value) >= rounds_to_step && unit + 1 < N) {
    value /= step;
    ++unit;
  }
  return fmt::format("{} {}", three_digits(value), units[unit]);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return result;
}

std::string short_count(std::int64_t count) {
  if (std::abs(count) < 1000) return fmt::format("{}", count);
  return with_unit(static_cast<double>(count), 1000.0, std::array{"", "k", "M", "G", "T"});
}

std::string short_bytes(std::uint64_t bytes) {
  return with_unit(static_cast<double>(bytes), 1024.0, std::array{"B", "KiB", "MiB", "GiB"});
}

std::string short_time(double microseconds) {
  return with_unit(microseconds, 1000.0, std::array{"µs", "ms", "s"});
}

std::string ratio_text(double ratio) { return three_digits(ratio) + "×"; }

std::string three_digits(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == 0.0) return "0";
  const double rounded_up = 1.0005 * std::abs(value);  // 9.996 will be written as 10.0
  const int before_point = static_cast<int>(std::floor(std::log10(rounded_up))) + 1;
  const int decimals = std::clamp(3 - before_point, 0, 6);
  return fmt::format("{:.{}f}", value, decimals);
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not a continuation byte
  }));
}

}  // namespace ockham::bench
