// The larger and the smaller of two numbers, where one that is not a number wins: what it is
// compared with must not hide it (IEEE 754-2019, maximum and minimum).
#pragma once

namespace ockham {

template <class T>
constexpr T maximum(T a, T b) {
  return a > b || a != a ? a : b;
}

template <class T>
constexpr T minimum(T a, T b) {
  return a < b || a != a ? a : b;
}

/// The number, but at least `least`, which is a number.
template <class T>
constexpr T at_least(T x, T least) {
  return x < least ? least : x;
}

/// The number, but at most `most`, which is a number.
template <class T>
constexpr T at_most(T x, T most) {
  return x > most ? most : x;
}

}  // namespace ockham
