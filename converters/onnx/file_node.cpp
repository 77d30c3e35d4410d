#include "converters/onnx/file_node.h"

#include "converters/onnx/text.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;

void add_names_read(const NodeProto& node, std::vector<std::string_view>& names) {
  names.insert(names.end(), node.input().begin(), node.input().end());
  for_each_inner_graph(node, [&](const GraphProto& graph) {
    for (const NodeProto& inner : graph.node()) add_names_read(inner, names);
    for (const auto& output : graph.output()) names.push_back(output.name());
  });
}

}  // namespace

std::string node_text(const std::string& name, const NodeProto& node) {
  std::string op = shown(node.op_type());
  op = op.substr(1, op.size() - 2);
  return "node " + shown(name) + " (" + op +
         (is_default_domain(node.domain()) ? "" : " of domain " + shown(node.domain())) + ")";
}

std::vector<std::string_view> names_read_by(const NodeProto& node) {
  std::vector<std::string_view> names;
  add_names_read(node, names);
  return names;
}

}  // namespace ockham::converters::onnx_io
