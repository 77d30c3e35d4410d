// The built-in networks: functions that return a Graph with fresh random weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::training {

/// Every built-in network's name.
std::vector<std::string> network_names();

/// Makes a network for images [channels, height, width] and `classes` outputs (logits); weights by
/// He initialisation from `seed`, biases zero. Throws Error(kInvalidArgument) naming the known
/// ones.
Graph make_network(const std::string& name, const Shape& image, std::int64_t classes,
                   std::uint64_t seed);

/// LeNet-5 as in Caffe: conv 20 (5x5) - pool - conv 50 (5x5) - pool - 500 - classes, ReLU
/// throughout.
Graph lenet5(const Shape& image, std::int64_t classes, std::uint64_t seed);
/// Fully connected 300 - 100 - classes with ReLU.
Graph lenet_300_100(const Shape& image, std::int64_t classes, std::uint64_t seed);
/// Fully connected 500 - 300 - classes with ReLU.
Graph lenet_500_300(const Shape& image, std::int64_t classes, std::uint64_t seed);

}  // namespace ockham::training
