// write_onnx_cases FOLDER: exports networks and writes, beside each, random inputs and what the
// reference executor makes of them. onnxruntime_test.py runs the same in ONNX Runtime.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include "converters/onnx/onnx.h"
#include "datasets/npy.h"
#include "runtime/reference/reference.h"
#include "tests/cases/operator_cases.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters::tests {
namespace {

namespace fs = std::filesystem;
using ockham::tests::NetworkBuilder;

constexpr std::int64_t kBatch = 3;

/// All operators, and all kinds of those that have kinds, in one network.
Graph every_operator() {
  NetworkBuilder builder(1);
  const ValueId x = builder.input("x", {Shape::kBatch, 3, 12, 12});
  const ValueId conv = builder.conv("conv", x, 6, {.kernel = 3, .pad = 1});
  const ValueId relu = builder.relu("relu", builder.batch_norm("norm", conv));
  const ValueId depthwise =
      builder.conv("depthwise", relu, 6, {.kernel = 3, .pad = 2, .dilation = 2, .groups = 6});
  const ValueId most = builder.max_pool("most", builder.add("add", relu, depthwise));
  const Window2d window{{3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}};
  const ValueId mean = builder.pool("mean", most, {PoolKind::kAverage, window, false});
  const ValueId picked = builder.gather("picked", builder.flatten("flat", mean), {0, 53, 7, 7, 20});
  return builder.build(builder.linear("fc", picked, 7));
}

/// ONNX Runtime has no LRN of an even size, though ONNX does.
bool has_even_lrn(const OperatorCase& network) {
  return std::ranges::any_of(network.graph.nodes, [](const Node& node) {
    const auto* lrn = std::get_if<Lrn>(&node.op);
    return lrn != nullptr && lrn->size % 2 == 0;
  });
}

std::vector<OperatorCase> networks() {
  std::vector<OperatorCase> all = operator_cases();
  all.push_back({"every_operator", every_operator()});
  all.push_back({"lenet5", ockham::tests::lenet5(2)});
  all.push_back({"residual_network", ockham::tests::residual_network(3)});
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    all.push_back({"random_network_" + std::to_string(seed), ockham::tests::random_network(seed)});
  }
  std::erase_if(all, has_even_lrn);
  return all;
}

/// Writes `tensor` to FOLDER/ROLE/NUMBER.npy.
void write_tensor(const fs::path& folder, std::size_t number, reference::Tensor<float> tensor) {
  fs::create_directories(folder);
  datasets::write_npy(folder / (std::to_string(number) + ".npy"),
                      {tensor.shape.dims(), std::move(tensor.data)});
}

void write_case(const fs::path& folder, const Graph& graph) {
  fs::create_directories(folder);
  export_onnx(folder / "model.onnx", {graph, {}});
  std::vector<reference::Tensor<float>> inputs;
  for (const ValueId id : graph.inputs) {
    const Shape shape = graph.value(id).shape.with_batch(kBatch);
    inputs.push_back({shape, random_floats(shape.elements(), 5)});
    write_tensor(folder / "inputs", inputs.size() - 1, inputs.back());
  }
  const auto outputs = reference::run<float>(graph, inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) write_tensor(folder / "outputs", i, outputs[i]);
}

}  // namespace
}  // namespace ockham::converters::tests

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_onnx_cases FOLDER\n", stderr);
    return 2;
  }
  try {
    for (const ockham::OperatorCase& network : ockham::converters::tests::networks()) {
      ockham::converters::tests::write_case(std::filesystem::path(argv[1]) / network.name,
                                            network.graph);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_onnx_cases: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
