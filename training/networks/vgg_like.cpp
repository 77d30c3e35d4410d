#include <map>

#include "training/networks/layers.h"
#include "training/networks/networks.h"

namespace ockham::training {
namespace {

constexpr int kPool = 0;
constexpr int kPlan[] = {64,    64,  kPool, 128, 128,   kPool, 256, 256, 256,
                         kPool, 512, 512,   512, kPool, 512,   512, 512, kPool};

/// Rates behind the ReLUs of convolutions, by number, as Neklyudov et al. (arXiv 1705.07283) have
/// them.
const std::map<int, double> kDropout = {{1, 0.3}, {3, 0.4}, {5, 0.4}, {6, 0.4}, {8, 0.4}, {9, 0.4}};

constexpr double kLinearDropout = 0.5;  ///< in front of linear layers

void normalised_relu(NetworkBuilder& network, const std::string& number) {
  network.batch_norm("bn" + number);
  network.relu("relu" + number);
}

}  // namespace

BuiltInNetwork vgg_like(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  NetworkBuilder network("vgg-like", image, seed);
  int convolutions = 0, pools = 0;
  for (const int filters : kPlan) {
    if (filters == kPool) {
      network.max_pool("pool" + std::to_string(++pools), 2);
      continue;
    }
    const std::string number = std::to_string(++convolutions);
    network.conv("conv" + number, filters, {.kernel = 3, .padding = 1});
    normalised_relu(network, number);
    const auto rate = kDropout.find(convolutions);
    if (rate != kDropout.end()) network.dropout(rate->second);
  }
  network.flatten("flatten");
  network.dropout(kLinearDropout);
  network.linear("fc1", 512);
  normalised_relu(network, std::to_string(convolutions + 1));
  network.dropout(kLinearDropout);
  network.linear("fc2", classes);
  return network.finish();
}

}  // namespace ockham::training
