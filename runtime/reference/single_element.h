// Element-wise operators on single numbers: what they make of a constant.
#pragma once

#include <initializer_list>
#include <vector>

#include "runtime/reference/reference.h"

namespace ockham::reference {

/// What an element-wise operator (Unary, Binary) computes from one number for each input.
inline double of_numbers(const Operator& op, std::initializer_list<double> numbers) {
  const std::vector<Shape> shapes(numbers.size(), Shape{1, 1});
  std::vector<const double*> pointers;
  for (const double& number : numbers) pointers.push_back(&number);
  double result = 0.0;
  run_operator<double>(op, shapes, pointers, {1, 1}, &result);
  return result;
}

}  // namespace ockham::reference
