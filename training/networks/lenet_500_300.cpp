#include "training/networks/layers.h"
#include "training/networks/networks.h"

namespace ockham::training {

Graph lenet_500_300(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  NetworkBuilder network("lenet-500-300", image, seed);
  network.flatten("flatten");
  network.linear("fc1", 500);
  network.relu("relu1");
  network.linear("fc2", 300);
  network.relu("relu2");
  network.linear("fc3", classes);
  return network.finish();
}

}  // namespace ockham::training
