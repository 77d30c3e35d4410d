#include "training/networks/networks.h"

#include <string_view>

#include "runtime/graph/error.h"
#include "runtime/graph/known_names.h"

namespace ockham::training {
namespace {

LearningDefaults by_adam() { return {}; }

/// As published for the ResNets, but for the warm-up and the cosine, which later became usual.
LearningDefaults by_sgd(double learning_rate) {
  return {.pretraining = {.optimizer = kSgd,
                          .learning_rate = learning_rate,
                          .momentum = 0.9,
                          .weight_decay = 5e-4,
                          .warmup_epochs = 5,
                          .rate_schedule = kCosineSchedule},
          .crop = 4,
          .flip = true};
}

LearningDefaults of_vgg() { return by_sgd(0.05); }
LearningDefaults of_resnet() { return by_sgd(0.1); }

struct Entry {
  std::string_view name;
  BuiltInNetwork (*make)(const Shape& image, std::int64_t classes, std::uint64_t seed);
  LearningDefaults (*learning)();
};

// One line per network.
constexpr Entry kNetworks[] = {
    {"lenet5", lenet5, by_adam},
    {"lenet-300-100", lenet_300_100, by_adam},
    {"lenet-500-300", lenet_500_300, by_adam},
    {"vgg-like", vgg_like, of_vgg},
    {"resnet20", resnet20, of_resnet},
    {"resnet56", resnet56, of_resnet},
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

LearningDefaults learning_defaults(const std::string& name) {
  for (const Entry& entry : kNetworks) {
    if (entry.name == name) return entry.learning();
  }
  return {};
}

}  // namespace ockham::training
