// Small networks with random weights that tests share, and ways to make channels dead.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::tests {

/// Builds a graph layer by layer; weights are normal with standard deviation 1 / sqrt(inputs of a
/// filter), biases and batch-norm statistics random too. Constants are named "<layer>.weight" and
/// so on.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(std::uint64_t seed) : random_(seed) {}

  struct ConvOptions {
    std::int64_t kernel = 3, stride = 1, pad = 0, dilation = 1, groups = 1;
    bool bias = true;
  };

  ValueId input(std::string name, Shape shape);
  ValueId conv(const std::string& name, ValueId x, std::int64_t filters,
               const ConvOptions& options);
  /// The same with any window: `op.window.kernel` gives the weight's extents.
  ValueId conv2d(const std::string& name, ValueId x, std::int64_t filters, const Conv2d& op,
                 bool bias = true);
  ValueId linear(const std::string& name, ValueId x, std::int64_t neurons, bool bias = true);
  ValueId batch_norm(const std::string& name, ValueId x);
  ValueId unary(const std::string& name, ValueId x, const Unary& op);
  ValueId relu(const std::string& name, ValueId x);
  ValueId binary(const std::string& name, BinaryKind kind, ValueId a, ValueId b);
  ValueId add(const std::string& name, ValueId a, ValueId b);
  ValueId pool(const std::string& name, ValueId x, const Pool2d& pool);
  ValueId max_pool(const std::string& name, ValueId x);  ///< 2x2, stride 2
  ValueId flatten(const std::string& name, ValueId x);
  ValueId concat(const std::string& name, std::vector<ValueId> parts, std::int64_t axis = 1);
  ValueId gather(const std::string& name, ValueId x, std::vector<std::int64_t> indices);

  /// The network with this output, validated.
  Graph build(ValueId output);
  Graph build(const std::vector<ValueId>& outputs);

  Graph& graph() { return graph_; }
  std::mt19937_64& random() { return random_; }

  /// Normal numbers.
  ValueId constant(const std::string& name, Shape shape, double mean, double standard_deviation);

 private:
  Graph graph_;
  std::mt19937_64 random_;
};

/// LeNet-5 as in Caffe: 20-50-500-10 on 28x28 images.
Graph lenet5(std::uint64_t seed);

/// 3x3 convolutions with ReLU on 3x32x32 images, a max pool behind every second one, and linear
/// layers of 32 and 10 neurons.
Graph vgg(std::uint64_t seed, const std::vector<std::int64_t>& filters);

/// A VGG as pruning leaves it: wide in front, with few filters behind.
Graph thinned_vgg(std::uint64_t seed);

/// conv0 - bn0 - relu0 - [conv1 - bn1 - relu1 - conv2 - bn2] + skip - add - relu - average pool -
/// flatten - fc, zero-padded 3x3 convolutions on 3x8x8 images, 8 channels, 5 classes.
Graph residual_network(std::uint64_t seed);

/// A network of random shape for the seed: chains, residual adds, depthwise convolutions, batch
/// norms, activations, arithmetic, squeeze-and-excite blocks, concats, reshapes, softmaxes,
/// Gathers, poolings, paddings and strides, shortcuts that pad channels, pixels moved, resized or
/// normalised at random; some filters zero, some batch norms with
/// scale 0, some columns zero, so that it has constant, zero and unused channels.
Graph random_network(std::uint64_t seed);

/// The same, ending in what makes much of rounding: a long row of batch norms that each double what
/// they read, large terms that cancel, or answers near zero.
Graph random_delicate_network(std::uint64_t seed);

/// Sets the elements of a constant to zero where axis `axis` has one of `indices`.
void zero_slices(Graph& graph, const std::string& constant, int axis,
                 const std::vector<std::int64_t>& indices);

/// Replaces the elements of a constant.
void set_elements(Graph& graph, const std::string& constant, std::vector<float> elements);

/// Zeroes weights and bias of these filters or neurons.
void zero_filters(Graph& graph, const std::string& layer, const std::vector<std::int64_t>& filters);

}  // namespace ockham::tests
