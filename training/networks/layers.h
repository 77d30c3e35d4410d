// Building blocks of the built-in networks.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "training/networks/networks.h"

namespace ockham::training {

/// Adds layers with fresh weights to a graph, one after the other.
class NetworkBuilder {
 public:
  struct ConvOptions {
    std::int64_t kernel = 3, stride = 1, padding = 0;
    bool bias = true;
  };

  NetworkBuilder(std::string name, const Shape& image, std::uint64_t seed);

  void conv(const std::string& name, std::int64_t filters, const ConvOptions& options);
  void linear(const std::string& name, std::int64_t neurons);
  void batch_norm(const std::string& name);
  void relu(const std::string& name);
  void max_pool(const std::string& name, std::int64_t extent);
  /// The mean of each channel: [N, C, 1, 1].
  void average(const std::string& name);
  void flatten(const std::string& name);
  void gather(const std::string& name, std::vector<std::int64_t> channels);
  /// Every `stride`-th row and column, from the first on.
  void skip_pixels(const std::string& name, std::int64_t stride);
  void add(const std::string& name, ValueId other);
  /// Elements of the last value drop out at this rate while the network is pretrained.
  void dropout(double rate);

  /// What the next layer reads.
  ValueId last() const { return last_; }
  const Shape& last_shape() const { return graph_.value(last_).shape; }
  /// The next layer reads this value, at which the network branches.
  void branch_from(ValueId value) { last_ = value; }

  /// Makes the last value the output, and returns the network.
  BuiltInNetwork finish();

 private:
  /// Normal with variance 2 / inputs (He et al., "Delving Deep into Rectifiers", 2015).
  std::vector<float> random_weights(std::int64_t count, std::int64_t inputs);
  /// A constant [extent] whose elements are all the same.
  ValueId vector(const std::string& name, std::int64_t extent, float element);

  Graph graph_;
  std::map<std::string, double> dropout_;
  ValueId last_ = -1;
  std::mt19937_64 random_;
};

}  // namespace ockham::training
