#include "bench/operators/lenet_layers.h"

#include <string>
#include <utility>

#include "tests/cases/test_networks.h"

namespace ockham::bench {
namespace {

using tests::NetworkBuilder;

struct Widths {
  std::int64_t conv1;
  std::int64_t conv2;
  std::int64_t fc1_inputs;
  std::int64_t fc1;
};

constexpr Widths kDense{20, 50, 800, 500};
constexpr Widths kPruned{5, 10, 76, 16};

/// A network of one layer; `add` puts it behind the input and returns its output.
template <class Add>
OperatorCase layer(std::string name, const Shape& input, Add add) {
  NetworkBuilder builder(1);
  builder.graph().name = name;
  const ValueId output = add(builder, builder.input("input", input));
  return {std::move(name), builder.build(output)};
}

OperatorCase convolution(const std::string& name, const Shape& input, std::int64_t filters) {
  return layer(name, input, [&](NetworkBuilder& builder, ValueId x) {
    return builder.relu("relu", builder.conv("conv", x, filters, {.kernel = 5}));
  });
}

OperatorCase pooling(const std::string& name, const Shape& input) {
  return layer(name, input,
               [](NetworkBuilder& builder, ValueId x) { return builder.max_pool("pool", x); });
}

OperatorCase linear(const std::string& name, std::int64_t inputs, std::int64_t neurons) {
  return layer(name, {Shape::kBatch, inputs}, [&](NetworkBuilder& builder, ValueId x) {
    return builder.linear("fc", x, neurons);
  });
}

void add_layers(std::vector<OperatorCase>& cases, const std::string& prefix, const Widths& w) {
  constexpr std::int64_t kN = Shape::kBatch;
  cases.push_back(convolution(prefix + "conv1", {kN, 1, 28, 28}, w.conv1));
  cases.push_back(pooling(prefix + "pool1", {kN, w.conv1, 24, 24}));
  cases.push_back(convolution(prefix + "conv2", {kN, w.conv1, 12, 12}, w.conv2));
  cases.push_back(pooling(prefix + "pool2", {kN, w.conv2, 8, 8}));
  cases.push_back(linear(prefix + "fc1", w.fc1_inputs, w.fc1));
  cases.push_back(linear(prefix + "fc2", w.fc1, 10));
}

}  // namespace

std::vector<OperatorCase> lenet_layers() {
  std::vector<OperatorCase> cases;
  add_layers(cases, "lenet_dense_", kDense);
  add_layers(cases, "lenet_pruned_", kPruned);
  return cases;
}

}  // namespace ockham::bench
