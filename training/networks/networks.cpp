#include "training/networks/networks.h"

#include <string_view>

#include "runtime/graph/error.h"
#include "runtime/graph/known_names.h"

namespace ockham::training {
namespace {

struct Entry {
  std::string_view name;
  BuiltInNetwork (*make)(const Shape& image, std::int64_t classes, std::uint64_t seed);
};

// One line per network.
constexpr Entry kNetworks[] = {
    {"lenet5", lenet5},     {"lenet-300-100", lenet_300_100}, {"lenet-500-300", lenet_500_300},
    {"vgg-like", vgg_like}, {"resnet20", resnet20},           {"resnet56", resnet56},
};

/// Says which network it was that the images do not fit.
BuiltInNetwork make(const Entry& entry, const Shape& image, std::int64_t classes,
                    std::uint64_t seed) {
  try {
    return entry.make(image, classes, seed);
  } catch (const Error& problem) {
    throw Error(Status::kInvalidArgument, std::string(entry.name) + " does not take images " +
                                              image.text() + ": " + problem.what());
  }
}

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kNetworks) names.emplace_back(entry.name);
  return names;
}

BuiltInNetwork make_network(const std::string& name, const Shape& image, std::int64_t classes,
                            std::uint64_t seed) {
  for (const Entry& entry : kNetworks) {
    if (entry.name == name) return make(entry, image, classes, seed);
  }
  refuse_unknown_name("network", name, network_names());
}

}  // namespace ockham::training
