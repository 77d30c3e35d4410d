// Building blocks of the built-in networks.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "runtime/graph/graph.h"

namespace ockham::training {

/// Adds layers with fresh weights to a graph, one after the other.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, const Shape& image, std::uint64_t seed);

  void conv(const std::string& name, std::int64_t filters, std::int64_t kernel);
  void linear(const std::string& name, std::int64_t neurons);
  void relu(const std::string& name);
  void max_pool(const std::string& name, std::int64_t extent);
  void flatten(const std::string& name);

  /// Makes the last value the output, and returns the graph.
  Graph finish();

 private:
  /// Normal with variance 2 / inputs (He et al., "Delving Deep into Rectifiers", 2015).
  std::vector<float> random_weights(std::int64_t count, std::int64_t inputs);

  Graph graph_;
  ValueId last_ = -1;
  std::mt19937_64 random_;
};

}  // namespace ockham::training
