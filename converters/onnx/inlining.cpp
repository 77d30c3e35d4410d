#include "converters/onnx/inlining.h"

#include <algorithm>
#include <functional>

#include "converters/onnx/text.h"
#include "runtime/graph/error.h"

namespace ockham::converters::onnx_io {
namespace {

using google::protobuf::RepeatedPtrField;
using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

using Renaming = std::unordered_map<std::string, std::string>;

void rename(const Renaming& names, std::string& name) {
  if (name.empty()) return;  // an input that is left off
  if (const auto found = names.find(name); found != names.end()) name = found->second;
}

void rename(const Renaming& names, NodeProto& node);

void rename(const Renaming& names, GraphProto& graph) {
  for (NodeProto& node : *graph.mutable_node()) rename(names, node);
  for (TensorProto& tensor : *graph.mutable_initializer()) rename(names, *tensor.mutable_name());
  for (auto& output : *graph.mutable_output()) rename(names, *output.mutable_name());
}

/// With its branches and loops, which see the values around them.
void rename(const Renaming& names, NodeProto& node) {
  for (std::string& name : *node.mutable_input()) rename(names, name);
  for (std::string& name : *node.mutable_output()) rename(names, name);
  for (AttributeProto& attribute : *node.mutable_attribute()) {
    if (attribute.has_g()) rename(names, *attribute.mutable_g());
    for (GraphProto& graph : *attribute.mutable_graphs()) rename(names, graph);
  }
}

const AttributeProto* find_attribute(const RepeatedPtrField<AttributeProto>& attributes,
                                     const std::string& name) {
  const auto found = std::ranges::find(attributes, name, &AttributeProto::name);
  return found == attributes.end() ? nullptr : &*found;
}

}  // namespace

/// The call of a function.
class Inliner::Call {
 public:
  Call(const FileNode& node, const Function& function, MemoryBudget& budget)
      : node_(*node.proto),
        function_(function),
        where_(node_text(node.name, node_)),
        budget_(budget) {
    check();
  }

  /// Attributes of the body that stand for the function's get the call's values, or the defaults;
  /// those that have neither are left off.
  void bind_attributes(NodeProto& inner) const {
    for (int i = inner.attribute_size(); i-- > 0;) {
      AttributeProto& attribute = *inner.mutable_attribute(i);
      if (attribute.ref_attr_name().empty()) {
        if (attribute.has_g()) bind_attributes(*attribute.mutable_g());
        for (GraphProto& graph : *attribute.mutable_graphs()) bind_attributes(graph);
      } else if (const AttributeProto* given = value_of(attribute.ref_attr_name())) {
        const std::string name = attribute.name();
        budget_.charge(given->ByteSizeLong(), where_);
        attribute.CopyFrom(*given);
        attribute.set_name(name);
      } else {
        inner.mutable_attribute()->DeleteSubrange(i, 1);
      }
    }
  }

  /// The function's inputs under the names that the call gives; "" for those that it leaves off.
  Renaming inputs() const {
    Renaming names;
    for (int i = 0; i < function_.proto->input_size(); ++i) {
      names[function_.proto->input(i)] = i < node_.input_size() ? node_.input(i) : std::string();
    }
    return names;
  }

 private:
  void bind_attributes(GraphProto& graph) const {
    for (NodeProto& node : *graph.mutable_node()) bind_attributes(node);
  }

  const AttributeProto* value_of(const std::string& name) const {
    if (const AttributeProto* given = find_attribute(node_.attribute(), name)) return given;
    const auto found = std::ranges::find(function_.defaults, name, &AttributeProto::name);
    return found == function_.defaults.end() ? nullptr : &*found;
  }

  void check() const {
    const FunctionProto& proto = *function_.proto;
    expect_at_most("inputs", node_.input_size(), proto.input_size());
    expect_at_most("outputs", node_.output_size(), proto.output_size());
    for (const AttributeProto& attribute : node_.attribute()) {
      const bool is_known =
          std::ranges::find(proto.attribute(), attribute.name()) != proto.attribute().end() ||
          std::ranges::find(function_.defaults, attribute.name(), &AttributeProto::name) !=
              function_.defaults.end();
      if (is_known) continue;
      throw Error(Status::kUnsupported, where_ + ": attribute " + shown(attribute.name()) +
                                            ", which the function that it calls does not have");
    }
  }

  void expect_at_most(const char* what, int found, int most) const {
    if (found <= most) return;
    throw Error(Status::kInvalidModel, where_ + ": " + std::to_string(found) + " " + what +
                                           ", but the function that it calls has " +
                                           std::to_string(most));
  }

  const NodeProto& node_;
  const Function& function_;
  std::string where_;
  MemoryBudget& budget_;
};

namespace {

/// An output under the name that is wanted, and what it is inside.
struct InnerOutput {
  std::string inner, outer;
};

[[noreturn]] void invalid(const std::string& text) { throw Error(Status::kInvalidModel, text); }

/// Names for all that the nodes of a body compute: those of outputs for what they end in, new ones
/// for the rest. What an output only passes on, or has had before, stays in `outputs`. `where`
/// names the node whose body it is in errors, `prefix` in names.
void name_values(const RepeatedPtrField<NodeProto>& nodes, const std::string& where,
                 const std::string& prefix, UniqueNames& unique, std::vector<InnerOutput>& outputs,
                 Renaming& names) {
  std::vector<std::string> computed;
  std::unordered_set<std::string> known;
  for (const auto& [name, unused] : names) known.insert(name);
  for (const NodeProto& node : nodes) {
    for (const std::string& value : node.output()) {
      if (value.empty()) continue;
      if (!is_plain_text(value)) invalid(where + ": the name " + shown(value) + " is no text");
      if (!known.insert(value).second) invalid(where + ": " + shown(value) + " is defined twice");
      computed.push_back(value);
    }
  }
  const std::unordered_set<std::string> set(computed.begin(), computed.end());
  std::erase_if(outputs, [&](const InnerOutput& output) {
    return set.contains(output.inner) && names.emplace(output.inner, output.outer).second;
  });
  for (const std::string& value : computed) {
    if (!names.contains(value)) names[value] = unique.invent(prefix + "." + value);
  }
}

/// The outputs of `node` that have a name, and those of the body that they are.
template <class Outputs, class Name>
std::vector<InnerOutput> named_outputs(const NodeProto& node, const Outputs& inner,
                                       const Name& name) {
  std::vector<InnerOutput> outputs;
  for (int i = 0; i < node.output_size(); ++i) {
    if (node.output(i).empty()) continue;
    outputs.push_back({std::invoke(name, inner.Get(i)), node.output(i)});
  }
  return outputs;
}

NodeProto identity(const std::string& from, const std::string& to) {
  NodeProto node;
  node.set_op_type("Identity");
  node.add_input(from);
  node.add_output(to);
  return node;
}

void add_inner_names(const RepeatedPtrField<NodeProto>& nodes,
                     std::unordered_set<std::string>& names);

void add_inner_names(const GraphProto& graph, std::unordered_set<std::string>& names) {
  for (const TensorProto& tensor : graph.initializer()) names.insert(tensor.name());
  for (const auto& input : graph.input()) names.insert(input.name());
  for (const NodeProto& node : graph.node()) {
    names.insert(node.output().begin(), node.output().end());
  }
  add_inner_names(graph.node(), names);
}

/// Of the branches and loops among the nodes.
void add_inner_names(const RepeatedPtrField<NodeProto>& nodes,
                     std::unordered_set<std::string>& names) {
  for (const NodeProto& node : nodes) {
    for (const AttributeProto& attribute : node.attribute()) {
      if (attribute.has_g()) add_inner_names(attribute.g(), names);
      for (const GraphProto& graph : attribute.graphs()) add_inner_names(graph, names);
    }
  }
}

}  // namespace

Inliner::Inliner(const ::onnx::ModelProto& model, UniqueNames& values, UniqueNames& nodes,
                 MemoryBudget& budget)
    : functions_(model, budget), values_(values), nodes_(nodes), budget_(budget), arena_(budget) {}

void Inliner::place(const FileNode& whole, const NodeProto& inner, const Renaming& names,
                    const Call* call, std::int64_t opset, std::vector<FileNode>& into) {
  const std::string where = node_text(whole.name, *whole.proto);
  const std::string& name = inner.name().empty() ? inner.op_type() : inner.name();
  if (!is_plain_text(name)) invalid(where + ": the name of node " + shown(name) + " is no text");
  const MessageArena::Metering metering = arena_.metering();
  budget_.charge(inner.ByteSizeLong(), where);
  NodeProto& copy = arena_.make<NodeProto>();
  copy.CopyFrom(inner);
  if (call != nullptr) call->bind_attributes(copy);
  rename(names, copy);
  append({&copy, nodes_.claim(whole.name + "." + name), opset}, into);
}

void Inliner::append(FileNode node, std::vector<FileNode>& into) {
  const Function* function = functions_.find(*node.proto);
  if (function == nullptr) return into.push_back(std::move(node));
  const FunctionProto& body = *function->proto;
  const Call call(node, *function, budget_);
  const std::int64_t opset = function->opset.value_or(node.opset);
  std::vector<InnerOutput> outputs = named_outputs(*node.proto, body.output(), std::identity());
  Renaming names;
  name_values(body.node(), node_text(node.name, *node.proto), node.name, values_, outputs, names);
  names.merge(call.inputs());
  for (const NodeProto& inner : body.node()) place(node, inner, names, &call, opset, into);
  for (const auto& [inner, outer] : outputs) {
    place(node, identity(inner, outer), names, &call, opset, into);
  }
}

Branch Inliner::branch(const FileNode& node, const GraphProto& graph) {
  const std::string where = node_text(node.name, *node.proto);
  const bool fits = graph.input_size() == 0 && graph.output_size() >= node.proto->output_size() &&
                    graph.sparse_initializer_size() == 0;
  if (!fits) {
    throw Error(Status::kUnsupported,
                where +
                    ": its branch has inputs, sparse initializers, or fewer outputs than it; "
                    "supported: a branch that reads what is around it");
  }
  Branch made;
  Renaming names;
  for (const TensorProto& tensor : graph.initializer()) {
    if (!is_plain_text(tensor.name()) || tensor.name().empty()) {
      invalid(where + ": the name of initializer " + shown(tensor.name()) + " is no text");
    }
    const std::string name = values_.invent(node.name + "." + tensor.name());
    names[tensor.name()] = name;
    made.initializers.emplace_back(&tensor, name);
  }
  std::vector<InnerOutput> outputs =
      named_outputs(*node.proto, graph.output(), &::onnx::ValueInfoProto::name);
  name_values(graph.node(), where, node.name, values_, outputs, names);
  for (const NodeProto& inner : graph.node()) {
    place(node, inner, names, nullptr, node.opset, made.nodes);
  }
  for (const auto& [inner, outer] : outputs) {
    place(node, identity(inner, outer), names, nullptr, node.opset, made.nodes);
  }
  return made;
}

std::unordered_set<std::string> inner_names(const ::onnx::ModelProto& model) {
  std::unordered_set<std::string> names;
  add_inner_names(model.graph().node(), names);
  for (const FunctionProto& function : model.functions()) {
    add_inner_names(function.node(), names);
  }
  return names;
}

}  // namespace ockham::converters::onnx_io
