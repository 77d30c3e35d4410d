// How far two answers are apart: the meaning of "relative" in all our texts.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ockham {

/// Between a found and an expected array.
struct Difference {
  /// max|found - expected|; infinite where only one of the two is finite or a number. What is not a
  /// number equals itself here, and so does each infinity.
  double most = 0.0;
  double largest = 0.0;  ///< max|expected| of the finite elements

  double relative() const { return most == 0.0 ? 0.0 : most / largest; }
};

/// The arrays are equally long.
template <class A, class B>
Difference difference(const std::vector<A>& found, const std::vector<B>& expected) {
  Difference result;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto a = static_cast<double>(found[i]), b = static_cast<double>(expected[i]);
    if (std::isfinite(b)) result.largest = std::max(result.largest, std::abs(b));
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double apart = std::abs(a - b);
    result.most = std::isfinite(apart) ? std::max(result.most, apart)
                                       : std::numeric_limits<double>::infinity();
  }
  return result;
}

/// max|found - expected| / max|expected|.
template <class A, class B>
double relative_difference(const std::vector<A>& found, const std::vector<B>& expected) {
  return difference(found, expected).relative();
}

}  // namespace ockham
