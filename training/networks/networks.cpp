#include "training/networks/networks.h"

#include <string_view>

#include "runtime/graph/known_names.h"

namespace ockham::training {
namespace {

struct Entry {
  std::string_view name;
  Graph (*make)(const Shape& image, std::int64_t classes, std::uint64_t seed);
};

// One line per network.
constexpr Entry kNetworks[] = {
    {"lenet5", lenet5},
    {"lenet-300-100", lenet_300_100},
    {"lenet-500-300", lenet_500_300},
};

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kNetworks) names.emplace_back(entry.name);
  return names;
}

Graph make_network(const std::string& name, const Shape& image, std::int64_t classes,
                   std::uint64_t seed) {
  for (const Entry& entry : kNetworks) {
    if (entry.name == name) return entry.make(image, classes, seed);
  }
  refuse_unknown_name("network", name, network_names());
}

}  // namespace ockham::training
