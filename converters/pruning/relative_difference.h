// The meaning of "relative" in all our texts.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace ockham::converters {

/// max|a - b| / max|b|; not a number when a difference is none. `a` and `b` are equally long.
template <class A, class B>
double relative_difference(const std::vector<A>& a, const std::vector<B>& b) {
  double difference = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(double{a[i]} - double{b[i]});
    if (std::isnan(apart)) return apart;
    difference = std::max(difference, apart);
    largest = std::max(largest, std::abs(double{b[i]}));
  }
  return difference == 0.0 ? 0.0 : difference / largest;
}

}  // namespace ockham::converters
