#include "training/networks/layers.h"
#include "training/networks/networks.h"

namespace ockham::training {
namespace {

/// Fully connected first - second - classes with ReLU.
BuiltInNetwork perceptron(const std::string& name, std::int64_t first, std::int64_t second,
                          const Shape& image, std::int64_t classes, std::uint64_t seed) {
  NetworkBuilder network(name, image, seed);
  network.flatten("flatten");
  network.linear("fc1", first);
  network.relu("relu1");
  network.linear("fc2", second);
  network.relu("relu2");
  network.linear("fc3", classes);
  return network.finish();
}

}  // namespace

BuiltInNetwork lenet_300_100(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  return perceptron("lenet-300-100", 300, 100, image, classes, seed);
}

BuiltInNetwork lenet_500_300(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  return perceptron("lenet-500-300", 500, 300, image, classes, seed);
}

}  // namespace ockham::training
