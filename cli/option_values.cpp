#include "cli/option_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ockham::cli {
namespace {

constexpr std::int64_t kMostImages = 1 << 20;
constexpr std::int64_t kMostThreads = 1024;
constexpr std::int64_t kMostExtent = 8192;  ///< of an image
constexpr std::int64_t kMostWhole = std::numeric_limits<std::int64_t>::max();

/// The whole text as a number; nothing when it is anything else.
template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// CLI11 puts the option's name in front.
std::string refusal(const std::string& text, const std::string& expected) {
  return fmt::format("'{}': expected {}", text, expected);
}

template <class Number>
CLI::Validator in_range(Number least, Number most, const std::string& expected,
                        const std::string& help) {
  return {[=](std::string& text) {
            const std::optional<Number> value = parse<Number>(text);
            const bool fits = value && *value >= least && *value <= most;
            return fits ? std::string() : refusal(text, expected);
          },
          help};
}

/// "MB" is 2 to the power of 20; nothing when there is no such unit.
std::optional<double> unit_bytes(std::string_view unit) {
  if (unit.empty()) return 1.0;
  std::string rest;
  for (const char c : unit) rest += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (rest == "B") return 1.0;
  const std::size_t power = std::string_view("KMGT").find(rest.front());
  rest.erase(0, 1);
  const bool known =
      power != std::string_view::npos && (rest.empty() || rest == "B" || rest == "IB");
  if (!known) return std::nullopt;
  return std::exp2(10.0 * static_cast<double>(power + 1));
}

/// "1.5GB" in bytes; nothing when it is no amount from one byte on.
std::optional<std::uint64_t> parse_memory(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::optional<double> amount = parse<double>(text.substr(0, digits));
  const std::optional<double> unit = unit_bytes(text.substr(digits));
  if (!amount || !unit) return std::nullopt;
  const double bytes = std::floor(*amount * *unit);
  if (bytes < 1.0 || bytes >= std::exp2(64.0)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  const bool is_open = most == kMostWhole;
  return in_range<std::int64_t>(
      least, most,
      is_open ? fmt::format("a whole number, {} or more", least)
              : fmt::format("a whole number from {} to {}", least, most),
      is_open ? fmt::format("{} or more", least) : fmt::format("{} to {}", least, most));
}

CLI::Validator number(double least, double most) {
  const bool is_open = most == std::numeric_limits<double>::max();
  return in_range<double>(
      least, most,
      is_open ? fmt::format("a number, {} or more", least)
              : fmt::format("a number from {} to {}", least, most),
      is_open ? fmt::format("{} or more", least) : fmt::format("{} to {}", least, most));
}

CLI::Validator batch_size() { return whole_number(1, kMostImages); }

std::vector<std::int64_t> parse_batch_sizes(std::string_view text) {
  std::vector<std::int64_t> sizes;
  for (std::size_t begin = 0, end = 0; end < text.size(); begin = end + 1) {
    end = std::min(text.find(',', begin), text.size());
    const auto size = parse<std::int64_t>(text.substr(begin, end - begin));
    if (!size || *size < 1 || *size > kMostImages) return {};
    if (std::ranges::find(sizes, *size) != sizes.end()) return {};
    sizes.push_back(*size);
  }
  return sizes;
}

CLI::Validator batch_sizes() {
  return {[](const std::string& text) {
            if (!parse_batch_sizes(text).empty()) return std::string();
            return refusal(text, fmt::format("whole numbers from 1 to {}, separated by commas, "
                                             "each of them once",
                                             kMostImages));
          },
          ""};
}

CLI::Validator name_or_folder(std::vector<std::string> names) {
  const std::string expected = fmt::format("{}, or a folder", fmt::join(names, ", "));
  return {[names = std::move(names), expected](const std::string& text) {
            const bool is_name = std::ranges::find(names, text) != names.end();
            return is_name || std::filesystem::is_directory(text) ? std::string()
                                                                  : refusal(text, expected);
          },
          "NAME or FOLDER"};
}

std::vector<std::int64_t> parse_image_size(std::string_view text) {
  std::vector<std::int64_t> extents;
  for (std::size_t begin = 0, end = 0; end < text.size(); begin = end + 1) {
    end = std::min(text.find('x', begin), text.size());
    const auto extent = parse<std::int64_t>(text.substr(begin, end - begin));
    if (!extent || *extent < 1 || *extent > kMostExtent) return {};
    extents.push_back(*extent);
  }
  const bool fits = extents.size() == 3 && (extents[0] == 1 || extents[0] == 3);
  return fits ? extents : std::vector<std::int64_t>{};
}

CLI::Validator image_size() {
  return {[](const std::string& text) {
            if (!parse_image_size(text).empty()) return std::string();
            return refusal(text, fmt::format("1 or 3 channels, height and width of at most {}, as "
                                             "in 3x32x32",
                                             kMostExtent));
          },
          "CxHxW"};
}

CLI::Validator thread_count() { return whole_number(1, kMostThreads); }

CLI::Validator seed() { return whole_number(0, kMostWhole); }

CLI::Validator memory_size() {
  return {[](std::string& text) {
            const std::optional<std::uint64_t> bytes = parse_memory(text);
            if (!bytes) return refusal(text, "an amount of memory such as 512MB or 4GB");
            text = std::to_string(*bytes);
            return std::string();
          },
          "SIZE"};
}

}  // namespace ockham::cli
