// How a test of a sparsity method is named.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace ockham::training::test {

/// The method's name, as a test may have it.
inline std::string test_name(const testing::TestParamInfo<std::string>& tested) {
  std::string name = tested.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace ockham::training::test
