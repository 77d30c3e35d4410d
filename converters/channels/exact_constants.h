// Constants as a conversion computed them, before they were rounded to float.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ockham::converters {

/// Elements in double of those constants (by name) that were computed rather than copied: biases
/// with folded constants, weights with folded batch norm. The graph beside it holds them rounded to
/// float, which alone would put two equal networks 1e-8 apart; running with these instead shows
/// that a conversion is exact (verify.h).
using ExactConstants = std::map<std::string, std::vector<double>>;

}  // namespace ockham::converters
