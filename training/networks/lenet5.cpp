#include "training/networks/layers.h"
#include "training/networks/networks.h"

namespace ockham::training {

BuiltInNetwork lenet5(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  NetworkBuilder network("lenet5", image, seed);
  network.conv("conv1", 20, {.kernel = 5});
  network.relu("relu1");
  network.max_pool("pool1", 2);
  network.conv("conv2", 50, {.kernel = 5});
  network.relu("relu2");
  network.max_pool("pool2", 2);
  network.flatten("flatten");
  network.linear("fc1", 500);
  network.relu("relu3");
  network.linear("fc2", classes);
  return network.finish();
}

}  // namespace ockham::training
