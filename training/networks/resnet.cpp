#include <numeric>

#include "training/networks/layers.h"
#include "training/networks/networks.h"

namespace ockham::training {
namespace {

void conv_batch_norm(NetworkBuilder& network, const std::string& name, std::int64_t filters,
                     std::int64_t stride) {
  network.conv(name, filters, {.kernel = 3, .stride = stride, .padding = 1, .bias = false});
  network.batch_norm(name + ".bn");
}

/// The block's input in the form of its output: channels of zeros, half on either side, where it
/// has more.
void shortcut(NetworkBuilder& network, const std::string& name, std::int64_t channels,
              std::int64_t stride) {
  if (stride > 1) network.skip_pixels(name, stride);
  const std::int64_t given = network.last_shape()[1];
  if (given == channels) return;
  std::vector<std::int64_t> padded(static_cast<std::size_t>(channels), Gather::kZero);
  const auto first = padded.begin() + (channels - given) / 2;
  std::iota(first, first + given, 0);
  network.gather(name + ".channels", std::move(padded));
}

/// relu(conv - bn - relu - conv - bn + shortcut).
void block(NetworkBuilder& network, const std::string& name, std::int64_t channels,
           std::int64_t stride) {
  const ValueId input = network.last();
  conv_batch_norm(network, name + ".conv1", channels, stride);
  network.relu(name + ".relu1");
  conv_batch_norm(network, name + ".conv2", channels, 1);
  const ValueId residual = network.last();
  network.branch_from(input);
  shortcut(network, name + ".shortcut", channels, stride);
  network.add(name + ".sum", residual);
  network.relu(name + ".relu2");
}

BuiltInNetwork resnet(const std::string& name, int blocks_per_stage, const Shape& image,
                      std::int64_t classes, std::uint64_t seed) {
  NetworkBuilder network(name, image, seed);
  conv_batch_norm(network, "conv", 16, 1);
  network.relu("relu");
  for (int stage = 1; stage <= 3; ++stage) {
    for (int number = 1; number <= blocks_per_stage; ++number) {
      const std::int64_t stride = stage > 1 && number == 1 ? 2 : 1;
      block(network, "stage" + std::to_string(stage) + ".block" + std::to_string(number),
            std::int64_t{8} << stage, stride);
    }
  }
  network.average("average");
  network.flatten("flatten");
  network.linear("fc", classes);
  return network.finish();
}

}  // namespace

BuiltInNetwork resnet20(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  return resnet("resnet20", 3, image, classes, seed);
}

BuiltInNetwork resnet56(const Shape& image, std::int64_t classes, std::uint64_t seed) {
  return resnet("resnet56", 9, image, classes, seed);
}

}  // namespace ockham::training
