#include "datasets/preparation.h"

#include <charconv>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/graph/error.h"

namespace ockham::datasets {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidArgument, text); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

float parse_number(std::string_view text) {
  float number = 0.0f;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    refuse("--normalize: '" + std::string(text) + "' is not a number");
  }
  return number;
}

std::vector<float> parse_numbers(std::string_view text) {
  std::vector<float> numbers;
  for (const std::string_view part : split(text, ':')) numbers.push_back(parse_number(part));
  return numbers;
}

void spread(std::vector<float>& numbers, std::int64_t channels, const std::string& what) {
  const auto expected = static_cast<std::size_t>(channels);
  if (numbers.size() == 1) numbers.resize(expected, numbers.front());
  if (!numbers.empty() && numbers.size() != expected) {
    refuse("the preparation has " + std::to_string(numbers.size()) + " " + what +
           "s, the images have " + std::to_string(channels) + " channels");
  }
}

}  // namespace

InputPreparation parse_normalize(const std::string& text) {
  const std::vector<std::string_view> parts = split(text, ',');
  if (parts.size() != 3) {
    refuse("--normalize: '" + text + "', expected SCALE,MEAN,DEVIATION (0.00392,0.13,0.31)");
  }
  InputPreparation preparation{parse_number(parts[0]), parse_numbers(parts[1]),
                               parse_numbers(parts[2])};
  for (const float deviation : preparation.deviation) {
    if (deviation <= 0.0f) refuse("--normalize: a deviation is not positive");
  }
  return preparation;
}

InputPreparation spread_over_channels(InputPreparation preparation, std::int64_t channels) {
  spread(preparation.mean, channels, "mean");
  spread(preparation.deviation, channels, "deviation");
  return preparation;
}

void prepare(Array& pictures, const InputPreparation& preparation) {
  const std::int64_t channels = pictures.shape.size() > 1 ? pictures.shape[1] : 1;
  const InputPreparation each = spread_over_channels(preparation, channels);
  const std::size_t planes = static_cast<std::size_t>(pictures.shape[0] * channels);
  const std::size_t plane = pictures.data.size() / planes;
  for (std::size_t p = 0; p < planes; ++p) {
    const std::size_t channel = p % static_cast<std::size_t>(channels);
    const float mean = each.mean.empty() ? 0.0f : each.mean[channel];
    const float deviation = each.deviation.empty() ? 1.0f : each.deviation[channel];
    for (float& element : std::span(pictures.data).subspan(p * plane, plane)) {
      element = (element * preparation.scale - mean) / deviation;
    }
  }
}

}  // namespace ockham::datasets
