#include "datasets/preprocessing.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/graph/channel_run.h"
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
    refuse("the preprocessing has " + std::to_string(numbers.size()) + " " + what +
           "s, the images have " + std::to_string(channels) + " channels");
  }
}

/// The mean or standard deviation for each element of pictures: that of its channel, one for all,
/// or none.
class NumberOfElement {
 public:
  NumberOfElement(std::vector<float> numbers, float none, const Shape& shape,
                  const std::string& what)
      : numbers_(numbers.empty() ? std::vector{none} : std::move(numbers)) {
    if (numbers_.size() == 1) return;
    const auto run = channel_run(shape, std::ssize(numbers_));
    if (!run) {
      refuse("the preprocessing has " + std::to_string(numbers_.size()) + " " + what +
             "s, the images " + shape.text() + " have not so many channels");
    }
    run_ = static_cast<std::size_t>(*run);
  }

  float operator[](std::size_t element) const { return numbers_[element / run_ % numbers_.size()]; }

 private:
  std::vector<float> numbers_;
  std::size_t run_ = 1;  ///< elements in a row that share a number
};

}  // namespace

InputPreprocessing parse_normalize(const std::string& text) {
  const std::vector<std::string_view> parts = split(text, ',');
  if (parts.size() != 3) {
    refuse("--normalize: '" + text + "', expected SCALE,MEAN,DEVIATION (0.00392,0.13,0.31)");
  }
  InputPreprocessing preprocessing{parse_number(parts[0]), parse_numbers(parts[1]),
                                   parse_numbers(parts[2])};
  for (const float standard_deviation : preprocessing.standard_deviation) {
    if (standard_deviation <= 0.0f) refuse("--normalize: a standard deviation is not positive");
  }
  return preprocessing;
}

InputPreprocessing spread_over_channels(InputPreprocessing preprocessing, std::int64_t channels) {
  spread(preprocessing.mean, channels, "mean");
  spread(preprocessing.standard_deviation, channels, "standard deviation");
  return preprocessing;
}

void prepare(Array& pictures, const InputPreprocessing& preprocessing) {
  Shape shape(pictures.shape);
  if (shape.rank() > 0) shape[0] = Shape::kBatch;
  const NumberOfElement mean(preprocessing.mean, 0.0f, shape, "mean");
  const NumberOfElement standard_deviation(preprocessing.standard_deviation, 1.0f, shape,
                                           "standard deviation");
  for (std::size_t i = 0; i < pictures.data.size(); ++i) {
    pictures.data[i] =
        prepared(pictures.data[i], preprocessing.scale, mean[i], standard_deviation[i]);
  }
}

}  // namespace ockham::datasets
