// Writes the ONNX files that the tests of ockham-convert read: write_onnx_models FOLDER.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "converters/pruning/self_test.h"
#include "onnx_schema/onnx.pb.h"
#include "tests/cases/test_networks.h"
#include "tests/programs/model_writer.h"

namespace ockham::tests {
namespace {

/// LeNet-5 with dead filters and neurons, and what training says about it.
converters::OnnxModel masked_lenet5() {
  Graph graph = lenet5(1);
  zero_filters(graph, "conv1", {0, 5, 19});
  zero_slices(graph, "conv2.weight", 0, {1, 2});  // their biases stay: constants
  zero_slices(graph, "fc2.weight", 1, {7, 8, 9, 400});
  converters::TrainingRecord record;
  record.provenance.set("network", "lenet5");
  record.provenance.set("seed", "1");
  record.preprocessing = {{.scale = 1.0f / 255.0f, .mean = {0.25f}, .standard_deviation = {0.5f}}};
  record.sample = converters::make_self_test(graph, std::nullopt, 4);
  converters::OnnxModel model{graph, converters::to_metadata(record)};
  model.metadata["author"] = "somebody";
  return model;
}

/// The same, with a sample that another network made.
converters::OnnxModel mistaken_lenet5() {
  converters::OnnxModel model = masked_lenet5();
  converters::TrainingRecord record = converters::from_metadata(model.metadata, model.graph);
  record.sample->outputs[0][0] += 1.0f;
  model.metadata = converters::to_metadata(record);
  return model;
}

/// The residual network with constants behind zero padding.
converters::OnnxModel masked_residual() {
  Graph graph = residual_network(1);
  zero_slices(graph, "conv1.weight", 0, {0, 2, 3, 6});
  return {graph, {}};
}

/// LeNet-5 with single columns of fc1 that are zero, and a whole channel's.
converters::OnnxModel scattered_lenet5() {
  Graph graph = lenet5(1);
  std::vector<std::int64_t> zero;
  for (std::int64_t i = 0; i < 800; ++i) {
    if (i % 4 != 1 || i < 16) zero.push_back(i);
  }
  zero_slices(graph, "fc1.weight", 1, zero);
  return {graph, {}};
}

/// A classifier whose weights are all subnormal, as those of a head that nobody uses may become.
converters::OnnxModel subnormal_classifier() {
  NetworkBuilder net(1);
  Graph graph = net.build(net.linear("head", net.input("x", {Shape::kBatch, 4}), 3));
  set_elements(graph, "head.weight", std::vector<float>(12, 1e-39f));
  set_elements(graph, "head.bias", std::vector<float>(3, 0.0f));
  return {graph, {}};
}

/// A network of three thousand million multiply-accumulates: more than a second's work. Under
/// sanitizers, a third of that is.
converters::OnnxModel slow_network() {
#ifdef OCKHAM_SANITIZED
  constexpr std::int64_t kExtent = 160;
#else
  constexpr std::int64_t kExtent = 288;
#endif
  NetworkBuilder net(1);
  const ValueId x = net.input("image", {Shape::kBatch, 1, kExtent, kExtent});
  const ValueId wide = net.conv("wide", x, 64, {.kernel = 1});
  const ValueId y = net.conv("slow", wide, 64, {.kernel = 3, .pad = 1});
  return {net.build(net.pool("pool", y, {PoolKind::kAverage, {.kernel = {kExtent, kExtent}}})), {}};
}

/// `model`, whose largest constant lies in the file `data` beside it.
void write_with_external_data(const std::filesystem::path& path, const std::string& data,
                              const converters::OnnxModel& model) {
  ::onnx::ModelProto proto;
  proto.ParseFromString(converters::export_onnx_bytes(model));
  auto& tensors = *proto.mutable_graph()->mutable_initializer();
  auto& tensor = *std::ranges::max_element(
      tensors, {}, [](const ::onnx::TensorProto& one) { return one.raw_data().size(); });
  std::ofstream(path.parent_path() / data, std::ios::binary) << tensor.raw_data();
  tensor.clear_raw_data();
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  auto& location = *tensor.add_external_data();
  location.set_key("location");
  location.set_value(data);
  std::ofstream(path, std::ios::binary) << proto.SerializeAsString();
}

/// Three nodes in a row, of which the first and the last are of operators that no import takes.
void write_refused(const std::filesystem::path& path) {
  ::onnx::ModelProto proto;
  proto.ParseFromString(converters::export_onnx_bytes(masked_lenet5()));
  ::onnx::GraphProto& graph = *proto.mutable_graph();
  graph.clear_node();
  std::string last = graph.input(0).name();
  for (const auto& [name, op_type] :
       {std::pair("first", "Det"), {"second", "Relu"}, {"third", "NonZero"}}) {
    ::onnx::NodeProto& node = *graph.add_node();
    node.set_name(name);
    node.set_op_type(op_type);
    node.add_input(last);
    node.add_output(last = name);
  }
  graph.mutable_output(0)->set_name(last);
  std::ofstream(path, std::ios::binary) << proto.SerializeAsString();
}

void write_models(const std::filesystem::path& folder) {
  write_with_external_data(folder / "external.onnx", "external.data", masked_lenet5());
  converters::export_onnx(folder / "masked.onnx", masked_lenet5());
  converters::export_onnx(folder / "mistaken.onnx", mistaken_lenet5());
  write_refused(folder / "refused.onnx");
  converters::export_onnx(folder / "residual.onnx", masked_residual());
  converters::export_onnx(folder / "scattered.onnx", scattered_lenet5());
  converters::export_onnx(folder / "slow.onnx", slow_network());
  converters::export_onnx(folder / "subnormal.onnx", subnormal_classifier());
}

}  // namespace
}  // namespace ockham::tests

int main(int argc, char** argv) {
  return ockham::tests::write_to_folder(argc, argv, ockham::tests::write_models);
}
