#include "converters/onnx/functions.h"

#include <algorithm>
#include <utility>

#include "converters/onnx/file_node.h"
#include "converters/onnx/text.h"
#include "converters/onnx/versions.h"
#include "onnx_schema/newer_fields.pb.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::FunctionProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

constexpr int kDeepest = 32;  ///< each takes some of the stack

/// The fields of `message` that the schema it was read with may not know.
template <class Fields, class Message>
Fields newer_fields(const Message& message) {
  Fields fields;
  if (!fields.ParsePartialFromString(message.SerializePartialAsString())) {
    throw Error(Status::kInvalidModel, "a function or node of the file is damaged");
  }
  return fields;
}

std::string domain_key(const std::string& domain) {
  return is_default_domain(domain) ? std::string() : domain;
}

std::string function_text(const FunctionProto& function) {
  return "function " + shown(function.name()) + " of domain " + shown(function.domain());
}

/// Calls `visit` with each node of a body, and those of its branches and loops.
template <class Visit>
void for_each_node(const google::protobuf::RepeatedPtrField<NodeProto>& nodes, const Visit& visit) {
  for (const NodeProto& node : nodes) {
    visit(node);
    for_each_inner_graph(node,
                         [&](const GraphProto& graph) { for_each_node(graph.node(), visit); });
  }
}

std::vector<::onnx::AttributeProto> defaults_of(const onnx_newer::FunctionFields& fields) {
  return {fields.attribute_proto().begin(), fields.attribute_proto().end()};
}

}  // namespace

std::vector<::onnx::AttributeProto> default_attributes(const FunctionProto& function) {
  return defaults_of(newer_fields<onnx_newer::FunctionFields>(function));
}

Functions::Functions(const ::onnx::ModelProto& model, MemoryBudget& budget) {
  for (const FunctionProto& proto : model.functions()) {
    const std::string where = function_text(proto);
    budget.charge(2 * proto.ByteSizeLong(), where);
    const auto newer = newer_fields<onnx_newer::FunctionFields>(proto);
    Function function{.proto = &proto,
                      .defaults = defaults_of(newer),
                      .opset = default_opset(proto.opset_import(), where + ": ")};
    const Key key{domain_key(proto.domain()), proto.name(), newer.overload()};
    if (!functions_.emplace(key, std::move(function)).second) {
      throw Error(Status::kInvalidModel, where + " is defined twice");
    }
  }
  Depths depths;
  for (const auto& [key, function] : functions_) depth_of(function, 1, depths);
  count_nodes(depths);
}

const Function* Functions::find(const NodeProto& node) const {
  if (functions_.empty()) return nullptr;
  const auto same_name = functions_.lower_bound({domain_key(node.domain()), node.op_type(), {}});
  const bool is_called = same_name != functions_.end() &&
                         std::get<0>(same_name->first) == domain_key(node.domain()) &&
                         std::get<1>(same_name->first) == node.op_type();
  if (!is_called) return nullptr;
  const auto newer = newer_fields<onnx_newer::NodeFields>(node);
  const auto found = functions_.find({domain_key(node.domain()), node.op_type(), newer.overload()});
  return found == functions_.end() ? nullptr : &found->second;
}

/// How many functions deep the calls of this one go, which is `level` calls deep itself. Throws
/// Error where they come back to it.
int Functions::depth_of(const Function& function, int level, Depths& depths) const {
  constexpr int kUnderWay = -1;
  const auto [found, is_new] = depths.emplace(&function, kUnderWay);
  if (!is_new && found->second != kUnderWay) return found->second;
  if (!is_new) throw Error(Status::kInvalidModel, function_text(*function.proto) + " calls itself");
  int depth = 1;
  for_each_node(function.proto->node(), [&](const NodeProto& node) {
    const Function* called = find(node);
    if (called == nullptr) return;
    if (level < kDeepest) depth = std::max(depth, 1 + depth_of(*called, level + 1, depths));
    if (level < kDeepest && depth <= kDeepest) return;
    throw Error(Status::kUnsupported, function_text(*function.proto) +
                                          " calls functions more than " + std::to_string(kDeepest) +
                                          " deep; inline them (onnx.inliner)");
  });
  return depths[&function] = depth;
}

/// Of all functions, each after those that it calls.
void Functions::count_nodes(const Depths& depths) {
  std::vector<Function*> order;
  for (auto& [key, function] : functions_) order.push_back(&function);
  std::ranges::sort(order, {}, [&](const Function* function) { return depths.at(function); });
  for (Function* function : order) function->nodes = inlined_nodes(function->proto->node());
}

std::int64_t Functions::inlined_nodes(const NodeProto& node) const {
  if (const Function* called = find(node)) return called->nodes;
  std::int64_t most = 0;  // only one branch is taken
  for_each_inner_graph(
      node, [&](const GraphProto& graph) { most = std::max(most, inlined_nodes(graph.node())); });
  return most;
}

std::int64_t Functions::inlined_nodes(const Nodes& body) const {
  std::int64_t nodes = 0;
  for (const NodeProto& node : body) {
    nodes = std::min(kCountedTo, nodes + 1 + inlined_nodes(node));
  }
  return nodes;
}

}  // namespace ockham::converters::onnx_io
