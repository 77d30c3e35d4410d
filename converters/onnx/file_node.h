// A node of an ONNX file as it is imported.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// A node of the network itself; what was inside a function or a branch has become one.
struct FileNode {
  const ::onnx::NodeProto* proto = nullptr;
  std::string name;  ///< unique; "conv1" in function "block" called by "layer2": "layer2.conv1"
  std::int64_t opset = 0;  ///< version of ONNX's default domain that it is written in
};

inline bool is_default_domain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// "node 'conv1' (Conv)"
std::string node_text(const std::string& name, const ::onnx::NodeProto& node);

/// Calls `visit` with each branch and loop of the node, but not with those inside them.
template <class Visit>
void for_each_inner_graph(const ::onnx::NodeProto& node, const Visit& visit) {
  for (const ::onnx::AttributeProto& attribute : node.attribute()) {
    if (attribute.has_g()) visit(attribute.g());
    for (const ::onnx::GraphProto& graph : attribute.graphs()) visit(graph);
  }
}

/// The same for changing them.
template <class Visit>
void for_each_inner_graph(::onnx::NodeProto& node, const Visit& visit) {
  for (::onnx::AttributeProto& attribute : *node.mutable_attribute()) {
    if (attribute.has_g()) visit(*attribute.mutable_g());
    for (::onnx::GraphProto& graph : *attribute.mutable_graphs()) visit(graph);
  }
}

/// Names that the node reads, and its branches and loops with it, "" for an input that is left off.
/// What these define themselves is among them.
std::vector<std::string_view> names_read_by(const ::onnx::NodeProto& node);

}  // namespace ockham::converters::onnx_io
