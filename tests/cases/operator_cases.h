// Operator cases: small networks of one to three operators that every executor must agree on. Tests
// and benchmarks share them.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham {

/// A validated graph under a name that is valid in a test's name too.
struct OperatorCase {
  std::string name;
  Graph graph;
};

inline std::ostream& operator<<(std::ostream& out, const OperatorCase& problem) {
  return out << problem.name;
}

/// Every operator with its attributes at and around their borders, and what planning fuses.
std::vector<OperatorCase> operator_cases();

/// `count` numbers between -1 and 1, always the same for the same seed.
std::vector<float> random_floats(std::int64_t count, std::uint32_t seed);

}  // namespace ockham
