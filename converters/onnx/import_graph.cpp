#include "converters/onnx/import_graph.h"

#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "converters/onnx/folding/execution.h"
#include "converters/onnx/folding/registry.h"
#include "converters/onnx/import_node.h"
#include "converters/onnx/input_shape.h"
#include "converters/onnx/node_order.h"
#include "converters/onnx/operators/registry.h"
#include "converters/onnx/text.h"
#include "runtime/graph/error.h"
#include "runtime/graph/validate.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::SparseTensorProto;
using ::onnx::TensorProto;
using ::onnx::TensorShapeProto;
using ::onnx::ValueInfoProto;
using Names = std::unordered_set<std::string>;

[[noreturn]] void invalid(const std::string& text) { throw Error(Status::kInvalidModel, text); }
[[noreturn]] void unsupported(const std::string& text) { throw Error(Status::kUnsupported, text); }

bool is_default_domain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

void expect_text(const std::string& what, const std::string& name) {
  if (!is_plain_text(name)) invalid(what + " " + shown(name) + ": the name is no text");
}

/// The names that the file itself gives to values. Throws Error unless each is text and is given
/// once; an initializer may be listed as an input too (IR version 3 demands it).
Names defined_names(const GraphProto& proto) {
  Names names, initializers;
  const auto define = [](Names& into, const std::string& name, const std::string& what) {
    if (name.empty()) invalid(what + " has no name");
    expect_text(what, name);
    if (!into.insert(name).second)
      invalid(what + " " + shown(name) + ": the name is defined twice");
  };
  for (const TensorProto& tensor : proto.initializer()) {
    define(initializers, tensor.name(), "initializer");
  }
  for (const SparseTensorProto& sparse : proto.sparse_initializer()) {
    define(initializers, sparse.values().name(), "sparse initializer");
  }
  for (const ValueInfoProto& input : proto.input()) define(names, input.name(), "input");
  names.insert(initializers.begin(), initializers.end());
  for (const NodeProto& node : proto.node()) {
    for (const std::string& output : node.output()) {
      if (!output.empty()) define(names, output, "value");
    }
  }
  return names;
}

/// What the nodes in `order` and the network's outputs read.
Names read_names(const GraphProto& proto, const std::vector<int>& order) {
  Names names;
  for (const int i : order)
    names.insert(proto.node(i).input().begin(), proto.node(i).input().end());
  for (const ValueInfoProto& output : proto.output()) names.insert(output.name());
  return names;
}

/// A unique name for each node: its own; for a nameless one, that of its first output; with a
/// number behind where that is taken.
std::vector<std::string> claim_node_names(const GraphProto& proto, UniqueNames& unique) {
  std::vector<std::string> names(static_cast<std::size_t>(proto.node_size()));
  const auto name_nodes = [&](bool named) {
    for (int i = 0; i < proto.node_size(); ++i) {
      const NodeProto& node = proto.node(i);
      if (node.name().empty() == named) continue;
      expect_text("node", node.name());
      const std::string& wanted = named || node.output_size() == 0 ? node.name() : node.output(0);
      names[static_cast<std::size_t>(i)] = unique.claim(wanted);
    }
  };
  name_nodes(true);
  name_nodes(false);
  return names;
}

class GraphImport {
 public:
  GraphImport(const GraphProto& proto, std::int64_t opset, const ImportOptions& options,
              TensorReader& reader, MemoryBudget& budget)
      : proto_(proto),
        given_shapes_(options.shapes),
        builder_(proto.name(), defined_names(proto), budget),
        node_names_(claim_node_names(proto, unique_node_names_)),
        order_(nodes_in_order(proto)),
        read_(read_names(proto, order_)),
        state_{builder_, scope_, reader, budget, unique_node_names_, opset, std::nullopt, read_} {
    expect_text("graph", proto.name());
  }

  Graph run() {
    for (const TensorProto& tensor : proto_.initializer()) bind_initializer(tensor);
    for (const SparseTensorProto& sparse : proto_.sparse_initializer()) bind_sparse(sparse);
    check_given_shapes();
    for (const ValueInfoProto& input : proto_.input()) import_input(input);
    for (const int i : order_) {
      import_node(proto_.node(i), node_names_[static_cast<std::size_t>(i)]);
    }
    for (const ValueInfoProto& output : proto_.output()) import_output(output.name());
    Graph graph = builder_.finish();
    validate(graph);
    return graph;
  }

 private:
  void bind_initializer(const TensorProto& tensor) {
    scope_[tensor.name()] =
        std::make_shared<Constant>(Constant{.name = tensor.name(), .tensor = &tensor});
  }

  void bind_sparse(const SparseTensorProto& sparse) {
    const std::string& name = sparse.values().name();
    if (!read_.contains(name)) return;
    scope_[name] = std::make_shared<Constant>(Constant{
        .name = name, .floats = state_.reader.dense(sparse, "sparse initializer " + shown(name))});
  }

  void import_input(const ValueInfoProto& input) {
    if (scope_.contains(input.name())) return;  // an initializer, which IR version 3 lists here too
    const std::string where = "input " + shown(input.name());
    if (!input.type().has_tensor_type()) unsupported(where + " is no tensor; supported: tensors");
    const auto& type = input.type().tensor_type();
    if (is_whole(type.elem_type())) {
      state_.types[input.name()] = {.element = type.elem_type()};  // read as floats, see Cast
    } else if (!is_float_type(type.elem_type()) && read_.contains(input.name())) {
      unsupported(where + " has element type " + element_type_name(type.elem_type()) +
                  "; supported: float; double, float16 and bfloat16, computed in float; and whole "
                  "numbers that a Cast makes floats of");
    }
    if (type.has_shape() && type.shape().dim_size() > 0) import_batch(type.shape().dim(0), where);
    const auto given = given_shapes_.find(input.name());
    const auto* dims = given == given_shapes_.end() ? nullptr : &given->second;
    scope_[input.name()] = builder_.add_input(input.name(), input_shape(type, dims, where));
  }

  /// Each shape that the user gives must be one of an input of the network.
  void check_given_shapes() const {
    std::set<std::string> names, shown_names;
    for (const ValueInfoProto& input : proto_.input()) {
      if (scope_.contains(input.name())) continue;  // an initializer
      names.insert(input.name());
      shown_names.insert(shown(input.name()));
    }
    for (const auto& [name, dims] : given_shapes_) {
      if (names.contains(name)) continue;
      throw Error(Status::kInvalidArgument, "a shape is given for " + shown(name) +
                                                ", but the network's inputs are " +
                                                joined(shown_names));
    }
  }

  void import_batch(const TensorShapeProto::Dimension& dim, const std::string& where) {
    if (!dim.has_dim_value() || dim.dim_value() < 1) return;  // some tools write 0 or -1 for "any"
    if (state_.fixed_batch && *state_.fixed_batch != dim.dim_value()) {
      unsupported(where + " has batch " + std::to_string(dim.dim_value()) + ", another input has " +
                  std::to_string(*state_.fixed_batch) + "; supported: one batch for all inputs");
    }
    state_.fixed_batch = dim.dim_value();
  }

  void import_node(const NodeProto& node, const std::string& name) {
    if (node.output_size() == 0 || node.output(0).empty()) {
      invalid(node_text(name, node) + ": has no output 0");
    }
    NodeImport arguments(node, name, state_);
    const ImportRule rule = find_rule(node, arguments.has_only_constants());
    if (rule == nullptr) {
      unsupported(node_text(name, node) + ": " + refusal_of(node.domain(), node.op_type()));
    }
    if (arguments.has_only_constants() && find_folding_rule(node) == nullptr) {
      fold_by_execution(node, name, rule, state_);
      return check_outputs(node, name);
    }
    rule(arguments);
    check_outputs(node, name);
    arguments.attributes().refuse_others();
  }

  /// Or null: most operators are computed from constants by way of their import rule.
  static ImportRule find_folding_rule(const NodeProto& node) {
    return is_default_domain(node.domain()) ? onnx_io::find_folding_rule(node.op_type()) : nullptr;
  }

  /// Or null.
  static ImportRule find_rule(const NodeProto& node, bool reads_only_constants) {
    if (node.domain() == kMicrosoftDomain) return find_microsoft_rule(node.op_type());
    if (!is_default_domain(node.domain())) return nullptr;
    const ImportRule folding = reads_only_constants ? find_folding_rule(node) : nullptr;
    return folding != nullptr ? folding : find_import_rule(node.op_type());
  }

  /// Each output that is read must have been given a meaning by the rule.
  void check_outputs(const NodeProto& node, const std::string& name) const {
    for (int i = 1; i < node.output_size(); ++i) {
      if (scope_.contains(node.output(i)) || !read_.contains(node.output(i))) continue;
      unsupported(node_text(name, node) + ": output " + std::to_string(i) + " (" +
                  shown(node.output(i)) + ") is used; supported: only output 0");
    }
  }

  void import_output(const std::string& name) {
    const auto found = scope_.find(name);
    const std::string where = "output " + shown(name);
    if (found == scope_.end()) invalid(where + ": nothing computes it");
    const ValueId* value = std::get_if<ValueId>(&found->second);
    if (value == nullptr)
      unsupported(where + " is a constant; supported: what the network computes");
    ValueId output = *value;
    const auto type = state_.types.find(name);
    if (type != state_.types.end() && builder_.graph().value(output).type != ElementType::kInt64) {
      unsupported(where + " has elements of " + element_type_name(type->second.element) +
                  "; supported: float, and the int64 of ArgMax, ArgMin and TopK");
    }
    const bool is_renamed_input =
        builder_.producer(output) < 0 && builder_.graph().value(output).name != name;
    if (is_renamed_input || !outputs_.insert(output).second) output = copy_of(output, name);
    builder_.add_output(output, name);
  }

  /// A value under a second name: a Gather of all its channels.
  ValueId copy_of(ValueId value, const std::string& name) {
    const Shape& shape = builder_.graph().value(value).shape;
    if (shape.rank() < 2) {
      unsupported("output " + shown(name) + " is an input of rank 1 under a second name");
    }
    const auto channels = static_cast<std::size_t>(shape[1]);
    state_.budget.charge(channels * sizeof(std::int64_t), "output " + shown(name));
    Gather all{std::vector<std::int64_t>(channels)};
    std::iota(all.indices.begin(), all.indices.end(), 0);
    return builder_.add_inner_node(unique_node_names_.make_up(name), std::move(all), {value}, name);
  }

  const GraphProto& proto_;
  const std::map<std::string, std::vector<std::int64_t>>& given_shapes_;
  Scope scope_;
  GraphBuilder builder_;
  UniqueNames unique_node_names_;
  std::vector<std::string> node_names_;  ///< of the file's nodes
  std::vector<int> order_;               ///< in which the nodes are imported
  Names read_;
  ImportState state_;
  std::unordered_set<ValueId> outputs_;
};

}  // namespace

Graph import_graph(const GraphProto& proto, std::int64_t opset, const ImportOptions& options,
                   TensorReader& reader, MemoryBudget& budget) {
  return GraphImport(proto, opset, options, reader, budget).run();
}

}  // namespace ockham::converters::onnx_io
