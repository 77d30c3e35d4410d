#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "converters/onnx/onnx.h"
#include "converters/onnx/operators/rules.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpsetVersion = 17;  // a newer one only for operators that it lacks
constexpr std::size_t kLargestFile = std::numeric_limits<std::int32_t>::max();

void export_value_info(const Value& value, ::onnx::ValueInfoProto& info) {
  info.set_name(value.name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(value.type == ElementType::kInt64 ? ::onnx::TensorProto::INT64
                                                       : ::onnx::TensorProto::FLOAT);
  for (int axis = 0; axis < value.shape.rank(); ++axis) {
    auto& dim = *type.mutable_shape()->add_dim();
    if (axis == 0) {
      dim.set_dim_param("N");
    } else {
      dim.set_dim_value(value.shape[axis]);
    }
  }
}

void export_constant(const Value& value, ::onnx::TensorProto& tensor) {
  tensor.set_name(value.name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : value.shape.dims()) tensor.add_dims(dim);
  const auto bytes = std::as_bytes(value.constant.floats);
  tensor.set_raw_data(bytes.data(), bytes.size());
}

/// Returns the opset that the node needs.
std::int64_t export_graph_node(const Graph& graph, const Node& node, ::onnx::GraphProto& into,
                               onnx_io::UniqueNames& names, onnx_io::UniqueNames& node_names) {
  ::onnx::NodeProto& proto = *into.add_node();
  proto.set_name(node.name);
  for (const ValueId id : node.inputs) proto.add_input(graph.value(id).name);
  for (const ValueId id : node.outputs) proto.add_output(graph.value(id).name);
  std::vector<Shape> shapes;
  for (const ValueId id : node.inputs) shapes.push_back(graph.value(id).shape);
  onnx_io::NodeExport target(proto, into, std::move(shapes), names, node_names);
  std::visit([&](const auto& op) { onnx_io::export_node(op, target); }, node.op);
  return target.needed_opset();
}

/// In the order in which nodes read them, which is that of a file that comes back; then those that
/// no node reads.
void export_constants(const Graph& graph, ::onnx::GraphProto& proto) {
  std::vector<bool> is_written(graph.values.size());
  const auto export_once = [&](std::size_t id) {
    if (!graph.values[id].is_constant || is_written[id]) return;
    export_constant(graph.values[id], *proto.add_initializer());
    is_written[id] = true;
  };
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) export_once(static_cast<std::size_t>(id));
  }
  for (std::size_t id = 0; id < is_written.size(); ++id) export_once(id);
}

/// Returns the opset that the graph needs.
std::int64_t export_graph(const Graph& graph, ::onnx::GraphProto& proto) {
  proto.set_name(graph.name.empty() ? "network" : graph.name);  // ONNX demands one
  for (const ValueId id : graph.inputs) export_value_info(graph.value(id), *proto.add_input());
  for (const ValueId id : graph.outputs) export_value_info(graph.value(id), *proto.add_output());
  export_constants(graph, proto);
  onnx_io::UniqueNames names;
  for (const Value& value : graph.values) names.claim(value.name);
  onnx_io::UniqueNames node_names;
  for (const Node& node : graph.nodes) node_names.claim(node.name);
  std::int64_t opset = kOpsetVersion;
  for (const Node& node : graph.nodes) {
    opset = std::max(opset, export_graph_node(graph, node, proto, names, node_names));
  }
  return opset;
}

void expect_protobuf_can_hold(const Graph& graph) {
  std::size_t bytes = 0;
  for (const Value& value : graph.values) bytes += value.constant.floats.size_bytes();
  if (bytes <= kLargestFile / 2) return;
  throw Error(Status::kUnsupported, "the network's constants have " + std::to_string(bytes) +
                                        " bytes; an ONNX file is written with at most " +
                                        std::to_string(kLargestFile / 2));
}

}  // namespace

std::string export_onnx_bytes(const OnnxModel& model) {
  validate(model.graph);
  expect_protobuf_can_hold(model.graph);
  ::onnx::ModelProto proto;
  proto.set_ir_version(kIrVersion);
  proto.set_producer_name("ockham");
  for (const auto& [key, text] : model.metadata) {
    auto& entry = *proto.add_metadata_props();
    entry.set_key(key);
    entry.set_value(text);
  }
  proto.add_opset_import()->set_version(export_graph(model.graph, *proto.mutable_graph()));
  return proto.SerializeAsString();
}

std::size_t export_onnx(const std::filesystem::path& path, const OnnxModel& model) {
  const std::string bytes = export_onnx_bytes(model);
  write_file(path, bytes);
  return bytes.size();
}

}  // namespace ockham::converters
