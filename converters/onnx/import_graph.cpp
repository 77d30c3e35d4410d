#include "converters/onnx/import_graph.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "converters/onnx/file_node.h"
#include "converters/onnx/folding/execution.h"
#include "converters/onnx/folding/registry.h"
#include "converters/onnx/import_node.h"
#include "converters/onnx/inlining.h"
#include "converters/onnx/input_shape.h"
#include "converters/onnx/node_order.h"
#include "converters/onnx/operators/registry.h"
#include "converters/onnx/text.h"
#include "runtime/graph/error.h"
#include "runtime/graph/validate.h"

namespace ockham::converters::onnx_io {
namespace {

using ::onnx::GraphProto;
using ::onnx::ModelProto;
using ::onnx::NodeProto;
using ::onnx::SparseTensorProto;
using ::onnx::TensorProto;
using ::onnx::TensorShapeProto;
using ::onnx::ValueInfoProto;
using Names = std::unordered_set<std::string>;

[[noreturn]] void invalid(const std::string& text) { throw Error(Status::kInvalidModel, text); }
[[noreturn]] void unsupported(const std::string& text) { throw Error(Status::kUnsupported, text); }

/// The names that the file itself gives to values. Throws Error unless each is text and is given
/// once; an initializer may be listed as an input too (IR version 3 demands it).
Names defined_names(const GraphProto& proto) {
  Names names, initializers;
  const auto define = [](Names& into, const std::string& name, const std::string& what) {
    if (name.empty()) invalid(what + " has no name");
    expect_plain_text(what, name);
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

/// The nodes of the graph itself, each with a unique name: its own; for a nameless one, that of its
/// first output; with a number behind where that is taken.
std::vector<FileNode> named_nodes(const GraphProto& proto, std::int64_t opset,
                                  UniqueNames& unique) {
  std::vector<FileNode> nodes;
  for (const NodeProto& node : proto.node()) nodes.push_back({&node, {}, opset});
  const auto name_nodes = [&](bool named) {
    for (FileNode& node : nodes) {
      const NodeProto& one = *node.proto;
      if (one.name().empty() == named) continue;
      expect_plain_text("node", one.name());
      node.name = unique.claim(named || one.output_size() == 0 ? one.name() : one.output(0));
    }
  };
  name_nodes(true);
  name_nodes(false);
  return nodes;
}

Names output_names(const GraphProto& proto) {
  Names names;
  for (const ValueInfoProto& output : proto.output()) names.insert(output.name());
  return names;
}

Names reserved_names(const ModelProto& model) {
  Names names = defined_names(model.graph());
  names.merge(inner_names(model));
  return names;
}

class GraphImport {
 public:
  GraphImport(const ModelProto& model, std::int64_t opset, const ImportOptions& options,
              TensorReader& reader, MemoryBudget& budget)
      : proto_(model.graph()),
        given_shapes_(options.shapes),
        refusals_(options.refusals),
        builder_(proto_.name(), reserved_names(model), budget),
        inliner_(model, builder_.names(), node_names_, budget),
        state_{builder_, scope_, reader, budget, node_names_, std::nullopt, read_} {
    expect_plain_text("graph", proto_.name());
    // Nodes claim their names before those of functions do.
    std::vector<FileNode> named = named_nodes(proto_, opset, node_names_);
    enter(inlined(std::move(named)), output_names(proto_));
  }

  Graph run() {
    for (const TensorProto& tensor : proto_.initializer()) bind_initializer(tensor, tensor.name());
    for (const SparseTensorProto& sparse : proto_.sparse_initializer()) bind_sparse(sparse);
    check_given_shapes();
    for (const ValueInfoProto& input : proto_.input()) {
      attempt(std::array{input.name()}, [&] { import_input(input); });
    }
    attempt(Names(), [&] { import_needed(0, output_names(proto_)); });
    for (const ValueInfoProto& output : proto_.output()) {
      attempt(Names(), [&] { import_output(output.name()); });
    }
    if (first_refusal_) throw *first_refusal_;
    Graph graph = builder_.finish();
    validate(graph);
    return graph;
  }

 private:
  /// These nodes, from which `outputs` are wanted, become the innermost level.
  void enter(std::vector<FileNode> nodes, const Names& outputs) {
    levels_.emplace_back(std::move(nodes));
    read_.merge(levels_.back().may_be_read_for(outputs));
  }

  /// Imports what these values need of the nodes at `level` (the branch of an If under way, or at 0
  /// the graph itself) and around it.
  void import_needed(std::size_t level, Names values) {
    const std::vector<FileNode> nodes = levels_[level].take_needed(values);
    if (level > 0) {
      for (const FileNode& node : nodes) {
        values.insert(node.proto->input().begin(), node.proto->input().end());
      }
      import_needed(level - 1, std::move(values));
    }
    for (const FileNode& node : nodes) {
      attempt(node.proto->output(), [&] { import_node(node); });
    }
  }

  /// Does `work`, which gives `results` a meaning. Where refusals are gathered, they are noted
  /// instead of thrown, and what is left without a meaning counts as unknown.
  template <class Results, class Work>
  void attempt(const Results& results, const Work& work) {
    if (refusals_ == nullptr) return work();
    const std::size_t depth = levels_.size();
    try {
      work();
    } catch (const Error& error) {
      note_refusal(error);
    }
    while (levels_.size() > depth) levels_.pop_back();
    for (const std::string& name : results) {
      if (!name.empty() && !scope_.contains(name)) unknown_.insert(name);
    }
  }

  /// To be called while `error` is handled, which goes on where it is none of the network or one
  /// too many.
  void note_refusal(const Error& error) {
    const bool is_refusal =
        error.status() == Status::kUnsupported || error.status() == Status::kInvalidModel;
    if (!is_refusal || refusals_->texts.size() == Refusals::kMost) throw;
    if (!first_refusal_) first_refusal_ = error;
    refusals_->texts.emplace_back(error.what());
    if (refusals_->texts.size() == Refusals::kMost) throw *first_refusal_;
  }

  std::vector<FileNode> inlined(std::vector<FileNode> nodes) {
    std::vector<FileNode> all;
    for (FileNode& node : nodes) inliner_.append(std::move(node), all);
    return all;
  }

  void bind_initializer(const TensorProto& tensor, const std::string& name) {
    scope_[name] = std::make_shared<Constant>(Constant{.name = name, .tensor = &tensor});
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

  void import_node(const FileNode& file_node) {
    const auto& [node, name, opset] = file_node;
    if (node->output_size() == 0 || node->output(0).empty()) {
      invalid(node_text(name, *node) + ": has no output 0");
    }
    if (reads_unknown(*node)) return check_operator(file_node);
    if (is_if(*node)) return import_if(file_node);
    NodeImport arguments(file_node, state_);
    const ImportRule rule = find_rule(*node, arguments.has_only_constants());
    if (rule == nullptr) refuse_operator(file_node);
    if (arguments.has_only_constants() && find_folding_rule(*node) == nullptr) {
      fold_by_execution(file_node, rule, state_);
      return check_outputs(file_node);
    }
    rule(arguments);
    check_outputs(file_node);
    arguments.attributes().refuse_others();
  }

  bool reads_unknown(const NodeProto& node) const {
    return std::ranges::any_of(node.input(),
                               [&](const auto& name) { return unknown_.contains(name); });
  }

  /// All that can be said of a node that reads what a refused one computes.
  void check_operator(const FileNode& node) {
    const bool has_rule = find_rule(*node.proto, false) != nullptr ||
                          find_rule(*node.proto, true) != nullptr || is_if(*node.proto);
    if (!has_rule) refuse_operator(node);
    ++refusals_->unchecked_nodes;
  }

  [[noreturn]] static void refuse_operator(const FileNode& node) {
    const NodeProto& proto = *node.proto;
    unsupported(node_text(node.name, proto) + ": " + refusal_of(proto.domain(), proto.op_type()));
  }

  static bool is_if(const NodeProto& node) {
    return is_default_domain(node.domain()) && node.op_type() == "If";
  }

  /// An If whose condition is known is the branch that it takes.
  void import_if(const FileNode& node) {
    NodeImport arguments(node, state_);
    arguments.expect_inputs(1, 1);
    if (!arguments.is_constant(0)) arguments.unsupported(refusal_of(node.proto->domain(), "If"));
    const ExtentTensor& condition = arguments.extents(0);
    if (condition.elements.size() != 1) arguments.invalid("its condition is not one truth value");
    const bool holds = condition.elements[0] != Extent{0};
    const GraphProto& graph = arguments.attributes().graph(holds ? "then_branch" : "else_branch");
    Branch branch = inliner_.branch(node, graph);
    for (const auto& [tensor, name] : branch.initializers) bind_initializer(*tensor, name);
    Names outputs;
    for (const std::string& output : node.proto->output()) {
      if (read_.contains(output)) outputs.insert(output);
    }
    enter(std::move(branch.nodes), outputs);
    import_needed(levels_.size() - 1, outputs);
    levels_.pop_back();
    check_outputs(node);
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
  void check_outputs(const FileNode& file_node) const {
    const NodeProto& node = *file_node.proto;
    for (int i = 1; i < node.output_size(); ++i) {
      const std::string& output = node.output(i);
      const bool is_missing = read_.contains(output) && !scope_.contains(output);
      if (!is_missing || unknown_.contains(output)) continue;
      unsupported(node_text(file_node.name, node) + ": output " + std::to_string(i) + " (" +
                  shown(output) + ") is used; supported: only output 0");
    }
  }

  void import_output(const std::string& name) {
    if (unknown_.contains(name)) return;
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
    return builder_.add_inner_node(node_names_.make_up(name), std::move(all), {value}, name);
  }

  const GraphProto& proto_;
  const std::map<std::string, std::vector<std::int64_t>>& given_shapes_;
  Refusals* refusals_;  ///< null: the first is thrown
  Scope scope_;
  GraphBuilder builder_;
  UniqueNames node_names_;
  Inliner inliner_;
  std::deque<NodeOrder> levels_;  ///< nodes of the graph, and of each branch that is under way
  Names read_;
  std::optional<Error> first_refusal_;
  Names unknown_;  ///< what refused nodes and inputs should have given a meaning
  ImportState state_;
  std::unordered_set<ValueId> outputs_;
};

}  // namespace

Graph import_graph(const ModelProto& model, std::int64_t opset, const ImportOptions& options,
                   TensorReader& reader, MemoryBudget& budget) {
  return GraphImport(model, opset, options, reader, budget).run();
}

}  // namespace ockham::converters::onnx_io
