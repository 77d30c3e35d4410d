// Networks and tensors that the training tests share.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/graph/graph.h"
#include "tests/cases/test_networks.h"
#include "training/methods/method.h"
#include "training/networks/layers.h"
#include "training/surgery/removable_groups.h"
#include "training/surgery/shrink.h"

namespace ockham::training::test {

/// conv 4 (3x3) - relu - pool - flatten - linear 5 - relu - linear 3 on images [2, 8, 8].
inline Graph small_network(std::uint64_t seed = 1) {
  NetworkBuilder network("small", {2, 8, 8}, seed);
  network.conv("conv", 4, {.kernel = 3});
  network.relu("relu1");
  network.max_pool("pool", 2);
  network.flatten("flatten");
  network.linear("fc1", 5);
  network.relu("relu2");
  network.linear("fc2", 3);
  return network.finish().graph;
}

/// stem - [conv1 - conv2] + skip - pool - fc1 - fc2 on images of MNIST's form, each convolution
/// with a batch norm and zero padding.
inline Graph residual_digits_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  const tests::NetworkBuilder::ConvOptions padded{.pad = 1, .bias = false};
  const ValueId image = net.input("image", {Shape::kBatch, 1, 28, 28});
  ValueId x = net.conv("stem", image, 6, {.kernel = 5, .stride = 2, .pad = 2, .bias = false});
  const ValueId skip = net.relu("relu0", net.batch_norm("bn0", x));
  x = net.relu("relu1", net.batch_norm("bn1", net.conv("conv1", skip, 6, padded)));
  x = net.batch_norm("bn2", net.conv("conv2", x, 6, padded));
  x = net.relu("relu2", net.add("add", x, skip));
  x = net.linear("fc1", net.flatten("flatten", net.max_pool("pool", x)), 12);
  return net.build(net.linear("fc2", net.relu("relu3", x), 10));
}

/// stem - shuffled channels - depthwise convolution - division by a number per channel - mix - pool
/// - fc on images of MNIST's form.
inline Graph shuffled_digits_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  const ValueId image = net.input("image", {Shape::kBatch, 1, 28, 28});
  ValueId x = net.conv("stem", image, 6, {.kernel = 5, .stride = 2, .pad = 2, .bias = false});
  x = net.relu("relu0", net.batch_norm("bn0", x));
  x = net.gather("shuffle", x, {0, 2, 4, 1, 3, 5});
  x = net.conv("depthwise", x, 6, {.pad = 1, .groups = 6, .bias = false});
  x = net.batch_norm("bn1", x);
  x = net.binary("scale", BinaryKind::kDiv, x, net.constant("scale.by", {6, 1, 1}, 1.0, 0.1));
  x = net.relu("relu2", net.conv("mix", x, 8, {.kernel = 1}));
  return net.build(net.linear("fc", net.flatten("flatten", net.max_pool("pool", x)), 10));
}

/// stem - shuffled channels - grouped convolution (2 groups) - mix - pool - fc, flattened with the
/// channels last, on images of MNIST's form.
inline Graph grouped_digits_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  const ValueId image = net.input("image", {Shape::kBatch, 1, 28, 28});
  ValueId x = net.conv("stem", image, 8, {.kernel = 5, .stride = 2, .pad = 2, .bias = false});
  x = net.relu("relu0", net.batch_norm("bn0", x));
  x = net.graph().add_node("part", Reshape{{4, 14, 14}}, {x});
  x = net.graph().add_node("shuffle", Transpose{{0, 2, 1, 3, 4}}, {x});
  x = net.graph().add_node("join", Reshape{{14, 14}}, {x});
  x = net.conv("grouped", x, 8, {.pad = 1, .groups = 2, .bias = false});
  x = net.relu("relu1", net.batch_norm("bn1", x));
  x = net.relu("relu2", net.conv("mix", x, 6, {.kernel = 1}));
  x = net.graph().add_node("nhwc", Transpose{{0, 2, 3, 1}}, {net.max_pool("pool", x)});
  return net.build(net.linear("fc", net.flatten("flatten", x), 10));
}

/// stem - up, whose filters are the pixels of twice as large images - mix and its input,
/// concatenated
/// - fc - softmax on images of MNIST's form.
inline Graph upsampled_digits_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  const ValueId image = net.input("image", {Shape::kBatch, 1, 28, 28});
  ValueId x = net.relu("relu0", net.conv("stem", image, 6, {.kernel = 5, .stride = 4, .pad = 2}));
  x = net.conv("up", x, 16, {.kernel = 3, .pad = 1});
  x = net.relu("relu1", net.graph().add_node("shuffle", DepthToSpace{{2, 2}}, {x}));
  x = net.relu("relu2", net.conv("mix", x, 6, {.pad = 1}));
  x = net.concat("join", {x, net.relu("relu3", net.conv("join.to", x, 5, {.kernel = 1}))});
  x = net.linear("fc", net.flatten("flatten", net.max_pool("pool", x)), 10);
  return net.build(net.graph().add_node("softmax", Softmax{1}, {x}));
}

/// stem - left and right, concatenated, normalised ("inner") - mix; inner, stem and mix,
/// concatenated
/// ("outer") - end - pool - fc on images [2, 8, 8].
inline Graph concat_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  const ValueId image = net.input("image", {Shape::kBatch, 2, 8, 8});
  const ValueId stem = net.relu("relu0", net.conv("stem", image, 4, {.pad = 1}));
  const ValueId left = net.conv("left", stem, 3, {.kernel = 1});
  const ValueId right = net.conv("right", stem, 5, {.pad = 1});
  const ValueId inner =
      net.relu("relu1", net.batch_norm("bn1", net.concat("inner", {left, right})));
  const ValueId mix = net.conv("mix", inner, 3, {.kernel = 1});
  const ValueId outer = net.concat("outer", {inner, stem, mix});
  const ValueId end = net.relu("relu2", net.conv("end", outer, 4, {.kernel = 1}));
  return net.build(net.linear("fc", net.flatten("flatten", net.max_pool("pool", end)), 3));
}

/// stem (8 filters), halves of which are picked; the second half - inner; both halves and inner,
/// concatenated; plus what a layer beside computes of the stem; times a factor for each channel,
/// made from the means of all (squeeze and excite) - fc on images of MNIST's form.
inline Graph split_digits_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  const ValueId image = net.input("image", {Shape::kBatch, 1, 28, 28});
  const ValueId stem =
      net.relu("relu0", net.conv("stem", image, 8, {.kernel = 5, .stride = 4, .pad = 2}));  // 7 x 7
  const ValueId first = net.gather("first", stem, {0, 1, 2, 3});
  const ValueId second = net.gather("second", stem, {4, 5, 6, 7});
  const ValueId inner = net.relu("relu1", net.conv("inner", second, 4, {.pad = 1}));
  const ValueId sum = net.add("sum", net.concat("concat", {first, second, inner}),
                              net.conv("beside", stem, 12, {.kernel = 1}));
  ValueId x = net.relu("relu2", sum);
  const Window2d whole{.kernel = {7, 7}};
  ValueId factor = net.pool("means", x, {.kind = PoolKind::kAverage, .window = whole});
  factor = net.relu("relu3", net.conv("squeeze", factor, 3, {.kernel = 1}));
  factor =
      net.unary("sigmoid", net.conv("excite", factor, 12, {.kernel = 1}), {UnaryKind::kSigmoid});
  x = net.binary("scaled", BinaryKind::kMul, x, factor);
  return net.build(net.linear("fc", net.flatten("flatten", x), 10));
}

/// stem (8) - grouped (2 groups, 6 filters) - pool - fc on images [2, 8, 8].
inline Graph grouped_network(std::uint64_t seed = 1) {
  tests::NetworkBuilder net(seed);
  ValueId x = net.conv("stem", net.input("image", {Shape::kBatch, 2, 8, 8}), 8, {.pad = 1});
  x = net.relu("relu0", net.batch_norm("bn0", x));
  x = net.relu("relu1", net.conv("grouped", x, 6, {.pad = 1, .groups = 2}));
  return net.build(net.linear("fc", net.flatten("flatten", net.max_pool("pool", x)), 3));
}

inline std::ptrdiff_t count_batch_norms(const Graph& graph) {
  return std::ranges::count_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<BatchNorm>(node.op); });
}

inline torch::TensorOptions doubles() { return torch::TensorOptions().dtype(torch::kFloat64); }

/// What a method is told about a network.
inline Network network_of(TorchGraph& torch) {
  converters::Channels channels = converters::channel_structure(torch.graph());
  std::vector<converters::ChannelGroup> groups = removable_groups(torch.graph(), *channels);
  return {torch, std::move(channels), std::move(groups)};
}

inline std::vector<converters::ChannelGroup> groups_of(const Graph& graph) {
  return removable_groups(graph, *converters::channel_structure(graph));
}

/// A network in double with a method started and bound on it.
struct Pruned {
  TorchGraph torch;
  Network network;
  std::unique_ptr<SparsityMethod> method;

  explicit Pruned(const std::string& method_name, double price = 1.5, Graph graph = small_network())
      : torch(std::move(graph), doubles()),
        network{network_of(torch)},
        method(make_method(method_name)) {
    method->start(network);
    method->bind(network, {.value = price, .by = method->default_priced_by(), .samples = 100});
  }

  /// Moves the posterior away from where it starts, differently for each element.
  void scatter_posterior(std::int64_t seed = 3) {
    const torch::NoGradGuard no_gradients;
    torch::manual_seed(seed);
    for (Parameter& parameter : method->posterior()) {
      if (!parameter.tensor.requires_grad()) continue;
      // Scales shared by a layer start far out and cancel each other there.
      const double kept = parameter.name.starts_with("global_") ? 1.0 : 0.3;
      parameter.tensor.copy_(parameter.tensor * kept + torch::randn_like(parameter.tensor));
    }
    method->project();
  }

  torch::Tensor tensor(const std::string& weight) const {
    return const_cast<TorchGraph&>(torch).tensors().at(weight);
  }

  torch::Tensor parameter(const std::string& name) const {
    for (const Parameter& parameter : method->posterior()) {
      if (parameter.name == name) return parameter.tensor;
    }
    throw std::runtime_error("no parameter " + name);
  }
};

/// The elements in double.
inline std::vector<double> values(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kFloat64).flatten().contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

}  // namespace ockham::training::test
