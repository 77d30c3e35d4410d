#include "converters/onnx/inlining.h"

#include <algorithm>

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

constexpr std::int64_t kMostInlinedNodes = 100'000;
constexpr std::int64_t kBytesPerNode = 2048;  ///< that an import takes at least, measured

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
  for_each_inner_graph(node, [&](GraphProto& graph) { rename(names, graph); });
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
    for_each_inner_graph(inner, [&](GraphProto& graph) {
      for (NodeProto& node : *graph.mutable_node()) bind_attributes(node);
    });
    for (int i = inner.attribute_size(); i-- > 0;) {
      AttributeProto& attribute = *inner.mutable_attribute(i);
      if (attribute.ref_attr_name().empty()) continue;
      if (const AttributeProto* given = value_of(attribute.ref_attr_name())) {
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

[[noreturn]] void invalid(const std::string& text) { throw Error(Status::kInvalidModel, text); }

NodeProto identity(const std::string& from, const std::string& to) {
  NodeProto node;
  node.set_op_type("Identity");
  node.add_input(from);
  node.add_output(to);
  return node;
}

/// Of the branches and loops among the nodes.
void add_inner_names(const RepeatedPtrField<NodeProto>& nodes,
                     std::unordered_set<std::string>& names) {
  for (const NodeProto& node : nodes) {
    for_each_inner_graph(node, [&](const GraphProto& graph) {
      for (const TensorProto& tensor : graph.initializer()) names.insert(tensor.name());
      for (const auto& input : graph.input()) names.insert(input.name());
      for (const NodeProto& inner : graph.node()) {
        names.insert(inner.output().begin(), inner.output().end());
      }
      add_inner_names(graph.node(), names);
    });
  }
}

}  // namespace

Inliner::Inliner(const ::onnx::ModelProto& model, UniqueNames& values, UniqueNames& nodes,
                 MemoryBudget& budget)
    : functions_(model, budget), values_(values), nodes_(nodes), budget_(budget), arena_(budget) {}

void Inliner::append(FileNode node, std::vector<FileNode>& into) {
  account_for(node);
  expand(std::move(node), into);
}

/// Functions that call each other make any number of nodes out of a few: they are counted first.
void Inliner::account_for(const FileNode& node) {
  const std::int64_t nodes = functions_.inlined_nodes(*node.proto);
  const std::string where = node_text(node.name, *node.proto);
  inlined_nodes_ += nodes;
  if (inlined_nodes_ > kMostInlinedNodes) {
    throw Error(Status::kUnsupported, where + ": the functions and branches up to it consist of " +
                                          std::to_string(inlined_nodes_) +
                                          (nodes == Functions::kCountedTo ? " or more" : "") +
                                          " nodes; supported: at most " +
                                          std::to_string(kMostInlinedNodes) +
                                          "; inline them (onnx.inliner) if the file is right");
  }
  budget_.charge(static_cast<std::size_t>(nodes * kBytesPerNode), where);
}

/// What `append` does with a node that is accounted for.
void Inliner::expand(FileNode node, std::vector<FileNode>& into) {
  const Function* function = functions_.find(*node.proto);
  if (function == nullptr) return into.push_back(std::move(node));
  const FunctionProto& proto = *function->proto;
  const Call call(node, *function, budget_);
  const auto inner = [&](int i) { return proto.output(i); };
  place(node,
        {.nodes = proto.node(),
         .names = call.inputs(),
         .outputs = named_outputs(*node.proto, inner),
         .call = &call,
         .opset = function->opset.value_or(node.opset)},
        into);
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
    if (tensor.name().empty()) invalid(where + ": an initializer of its branch has no name");
    expect_plain_text(where + ": initializer", tensor.name());
    const std::string name = values_.invent(node.name + "." + tensor.name());
    if (!names.emplace(tensor.name(), name).second) {
      invalid(where + ": initializer " + shown(tensor.name()) + " is defined twice");
    }
    made.initializers.emplace_back(&tensor, name);
  }
  const auto inner = [&](int i) { return graph.output(i).name(); };
  place(node,
        {.nodes = graph.node(),
         .names = std::move(names),
         .outputs = named_outputs(*node.proto, inner),
         .opset = node.opset},
        made.nodes);
  return made;
}

template <class Inner>
std::vector<Inliner::Output> Inliner::named_outputs(const NodeProto& node, const Inner& inner) {
  std::vector<Output> outputs;
  for (int i = 0; i < node.output_size(); ++i) {
    if (!node.output(i).empty()) outputs.push_back({inner(i), node.output(i)});
  }
  return outputs;
}

/// Appends copies of the nodes of the body, which takes the place of `whole`.
void Inliner::place(const FileNode& whole, Body body, std::vector<FileNode>& into) {
  name_values(whole, body);
  for (const NodeProto& inner : body.nodes) place_node(whole, body, inner, into);
  for (const auto& [inner, outer] : body.outputs) {
    place_node(whole, body, identity(inner, outer), into);
  }
}

/// Names for all that the nodes of the body compute: those of its outputs for what they end in, new
/// ones for the rest. What an output only passes on, or has had before, stays among the outputs.
void Inliner::name_values(const FileNode& whole, Body& body) {
  const std::string where = node_text(whole.name, *whole.proto);
  std::vector<std::string> computed;
  std::unordered_set<std::string> known;
  for (const auto& [name, unused] : body.names) known.insert(name);
  for (const NodeProto& node : body.nodes) {
    for (const std::string& value : node.output()) {
      if (value.empty()) continue;
      expect_plain_text(where + ": value", value);
      if (!known.insert(value).second) invalid(where + ": " + shown(value) + " is defined twice");
      computed.push_back(value);
    }
  }
  const std::unordered_set<std::string> set(computed.begin(), computed.end());
  std::erase_if(body.outputs, [&](const Output& output) {
    return set.contains(output.inner) && body.names.emplace(output.inner, output.outer).second;
  });
  for (const std::string& value : computed) {
    if (!body.names.contains(value)) body.names[value] = values_.invent(whole.name + "." + value);
  }
}

/// Appends a copy of `inner`, a node of the body, under the names of the body.
void Inliner::place_node(const FileNode& whole, const Body& body, const NodeProto& inner,
                         std::vector<FileNode>& into) {
  const std::string where = node_text(whole.name, *whole.proto);
  const std::string& name = inner.name().empty() ? inner.op_type() : inner.name();
  expect_plain_text(where + ": node", name);
  const MessageArena::Metering metering = arena_.metering();
  budget_.charge(inner.ByteSizeLong(), where);
  NodeProto& copy = arena_.make<NodeProto>();
  copy.CopyFrom(inner);
  if (body.call != nullptr) body.call->bind_attributes(copy);
  rename(body.names, copy);
  expand({&copy, nodes_.claim(whole.name + "." + name), body.opset}, into);
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
