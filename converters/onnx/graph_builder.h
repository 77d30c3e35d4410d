// Builds a Graph out of what the import rules emit: keeps names unique, counts memory, and tidies
// up behind nodes that a later one has replaced.
#pragma once

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "converters/onnx/memory_budget.h"
#include "converters/onnx/unique_names.h"
#include "runtime/graph/graph.h"

namespace ockham::converters::onnx_io {

class GraphBuilder {
 public:
  /// `reserved` are the names of the file's own values; made-up names avoid them.
  GraphBuilder(std::string name, std::unordered_set<std::string> reserved, MemoryBudget& budget);

  const Graph& graph() const { return graph_; }
  /// Of values.
  UniqueNames& names() { return names_; }

  ValueId add_input(const std::string& name, Shape shape);
  /// Named `name`, or `name` with a number behind it when that is in use already.
  ValueId add_constant(const std::string& name, Shape shape, ConstantView elements);
  /// Appends a node whose output is called `output`. A Gather of what a Gather picked picks from
  /// what that one reads. Throws Error when operator and inputs do not fit, or when the output goes
  /// over the memory budget.
  ValueId add_node(const std::string& name, Operator op, std::vector<ValueId> inputs,
                   const std::string& output);

  /// The same, with a made-up name for an output that the file does not know: `wanted` and a
  /// number.
  ValueId add_inner_node(const std::string& name, Operator op, std::vector<ValueId> inputs,
                         const std::string& wanted) {
    return add_node(name, std::move(op), std::move(inputs), names_.make_up(wanted));
  }

  /// The node that computes `value`, or -1.
  NodeId producer(ValueId value) const { return producers_[static_cast<std::size_t>(value)]; }
  /// Node `newer` computes all that `older` was there for: once nothing else reads the older one,
  /// it goes, and leaves its name to the newer, or to the first of several.
  void replace(NodeId older, NodeId newer) { replacements_.emplace_back(older, newer); }

  /// Makes `value` an output of the network under `name`.
  void add_output(ValueId value, const std::string& name);

  /// The finished graph, without nodes and constants that nothing reads; the builder is spent.
  Graph finish();

 private:
  /// The Gather that `gather`, reading `input`, need not wait for any more, or -1.
  NodeId read_through_gather(Gather& gather, ValueId& input) const;
  ValueId register_value(ValueId id, NodeId producer);

  Graph graph_;
  MemoryBudget& budget_;
  UniqueNames names_;
  std::vector<NodeId> producers_;  ///< by ValueId
  std::vector<std::pair<NodeId, NodeId>> replacements_;
};

}  // namespace ockham::converters::onnx_io
