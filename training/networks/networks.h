// The built-in networks: functions that return a Graph with fresh random weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "training/learning/pretraining.h"

namespace ockham::training {

struct BuiltInNetwork {
  Graph graph;
  /// Share of the elements of a value, by its name, that drop out at each step of pretraining. Part
  /// of how the network is trained, not of what it computes: a Graph has no such operator.
  std::map<std::string, double> dropout = {};
};

/// How a built-in network is trained where the user does not say.
struct LearningDefaults {
  Pretraining pretraining;
  int crop = 0;       ///< of Augmentation
  bool flip = false;  ///< likewise, where images mean the same mirrored
};

/// Every built-in network's name.
std::vector<std::string> network_names();

/// Makes a network for images [channels, height, width] and `classes` outputs (logits); weights by
/// He initialisation from `seed`, biases zero. Throws Error(kInvalidArgument) naming the known
/// ones, or the layer that images are too small for.
BuiltInNetwork make_network(const std::string& name, const Shape& image, std::int64_t classes,
                            std::uint64_t seed);

/// Those of the network of this name; of other networks, that of `LearningDefaults{}`.
LearningDefaults learning_defaults(const std::string& name);

/// LeNet-5 as in Caffe: conv 20 (5x5) - pool - conv 50 (5x5) - pool - 500 - classes, ReLU
/// throughout.
BuiltInNetwork lenet5(const Shape& image, std::int64_t classes, std::uint64_t seed);
/// Fully connected 300 - 100 - classes with ReLU.
BuiltInNetwork lenet_300_100(const Shape& image, std::int64_t classes, std::uint64_t seed);
/// Fully connected 500 - 300 - classes with ReLU.
BuiltInNetwork lenet_500_300(const Shape& image, std::int64_t classes, std::uint64_t seed);
/// The VGG of papers on Bayesian pruning (Zagoruyko's for CIFAR-10): 13 convolutions (3x3, zero
/// padding) in five blocks, each block with a pool behind it, 512 - classes; batch norm and ReLU
/// behind each layer but the last. Images of 32x32 pixels or more.
BuiltInNetwork vgg_like(const Shape& image, std::int64_t classes, std::uint64_t seed);
/// The ResNets for CIFAR-10 (He et al., arXiv 1512.03385, section 4.2) of 20 and 56 layers: three
/// stages of 3 and 9 blocks, 16, 32 and 64 channels wide; shortcuts into a wider stage skip every
/// second pixel and add channels of zeros ("option A"). Images of any size.
BuiltInNetwork resnet20(const Shape& image, std::int64_t classes, std::uint64_t seed);
BuiltInNetwork resnet56(const Shape& image, std::int64_t classes, std::uint64_t seed);

}  // namespace ockham::training
