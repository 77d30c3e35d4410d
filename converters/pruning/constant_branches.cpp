#include "converters/pruning/constant_branches.h"

#include <algorithm>
#include <set>
#include <utility>

#include "converters/channels/channel_facts.h"
#include "converters/pruning/graph_edits.h"
#include "runtime/graph/unread.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

/// Whether all channels are constant, but for those that nobody uses.
bool is_constant_in_all(const ChannelFacts& facts) {
  for (std::size_t c = 0; c < facts.constant.size(); ++c) {
    if (facts.used[c] && !facts.constant[c]) return false;
  }
  return true;
}

/// Whether the number as operand `operand` leaves the other one as it is.
bool is_identity(BinaryKind kind, std::size_t operand, const Value& number) {
  const auto all = [&](float wanted) {
    return std::ranges::all_of(number.constant.floats, [&](float x) { return x == wanted; });
  };
  const bool is_second = operand == 1;
  switch (kind) {
    case BinaryKind::kAdd:
      return all(0.0f);
    case BinaryKind::kSub:
      return is_second && all(0.0f);
    case BinaryKind::kMul:
      return all(1.0f);
    case BinaryKind::kDiv:
    case BinaryKind::kPow:
    case BinaryKind::kPRelu:
      return is_second && all(1.0f);
    case BinaryKind::kMax:
    case BinaryKind::kMin:
    case BinaryKind::kFmod:
      return false;
  }
  return false;
}

/// Whether the operand is a Gather's, of zeros alone, and adding it changes nothing.
bool adds_zeros(const Graph& graph, const Node& node, std::size_t operand) {
  const BinaryKind kind = std::get<Binary>(node.op).kind;
  const NodeId id = graph.producer(node.inputs[operand]);
  const auto* gather = id < 0 ? nullptr : std::get_if<Gather>(&graph.node(id).op);
  const bool adds = kind == BinaryKind::kAdd || (kind == BinaryKind::kSub && operand == 1);
  return adds && gather != nullptr &&
         std::ranges::all_of(gather->indices, [](std::int64_t i) { return i == Gather::kZero; });
}

/// The input that the arithmetic leaves as it is, or -1.
ValueId unchanged_input(const Graph& graph, const Node& node) {
  const auto* binary = std::get_if<Binary>(&node.op);
  if (binary == nullptr) return -1;
  for (std::size_t i = 0; i < 2; ++i) {
    const Value& number = graph.value(node.inputs[i]);
    const ValueId other = node.inputs[1 - i];
    const bool fits = graph.value(other).shape == graph.value(node.outputs[0]).shape;
    const bool is_same =
        number.is_constant ? is_identity(binary->kind, i, number) : adds_zeros(graph, node, i);
    if (fits && is_same) return other;
  }
  return -1;
}

class Simplifier {
 public:
  explicit Simplifier(Graph graph) { result_.graph = std::move(graph); }

  Simplified run() {
    drop_identity_arithmetic(graph());
    while (replace_one_operand()) drop_identity_arithmetic(graph());
    validate(graph());
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  /// Whether there was a constant operand to replace. One at a time, so that each eliminated layer
  /// has the arithmetic that it led to in its reason.
  bool replace_one_operand() {
    const Analysis analysis = analyse(graph(), result_.exact);
    for (Node& node : graph().nodes) {
      if (!std::holds_alternative<Binary>(node.op)) continue;
      for (std::size_t i = 0; i < 2; ++i) {
        if (!is_replaceable(analysis, node, i)) continue;
        replace(analysis, node, i);
        return true;
      }
    }
    return false;
  }

  bool is_replaceable(const Analysis& analysis, const Node& node, std::size_t i) {
    const Value& operand = graph().value(node.inputs[i]);
    const Value& other = graph().value(node.inputs[1 - i]);
    const bool must_be_activation = i == 0 && std::get<Binary>(node.op).kind == BinaryKind::kPRelu;
    return !must_be_activation && !operand.is_constant && !other.is_constant &&
           other.shape == graph().value(node.outputs[0]).shape &&
           is_constant_in_all(facts_of(analysis, node.inputs[i]));
  }

  void replace(const Analysis& analysis, Node& node, std::size_t i) {
    const ChannelFacts& facts = facts_of(analysis, node.inputs[i]);
    std::vector<double> elements;
    // For channels that nobody uses any number does, but none that gives an infinity.
    for (const auto& constant : facts.constant) elements.push_back(constant.value_or(1.0));
    Shape shape(std::vector<std::int64_t>(
        static_cast<std::size_t>(graph().value(node.inputs[i]).shape.rank()) - 1, 1));
    shape[0] = static_cast<std::int64_t>(elements.size());
    const ValueId id = graph().add_constant(unused_name(graph(), node.name + ".constant"), shape,
                                            std::vector<float>(elements.size(), 0.0f));
    set_computed(graph(), id, shape, std::move(elements), result_.exact);
    node.inputs[i] = id;
    const std::string name = node.name;
    note_eliminated(drop_unread_nodes(graph()), "all it leads to is a constant at " + name);
  }

  void note_eliminated(const std::vector<Node>& dropped, const std::string& reason) {
    for (const Node& node : dropped) {
      if (is_layer(node.op)) result_.eliminated.push_back({node.name, reason});
    }
  }

  Simplified result_;
};

}  // namespace

Simplified without_constant_branches(Graph graph) { return Simplifier(std::move(graph)).run(); }

void drop_identity_arithmetic(Graph& graph) {
  bool found = false;
  for (const Node& node : graph.nodes) {
    const ValueId same = unchanged_input(graph, node);
    if (same < 0 || graph.is_output(node.outputs[0])) continue;
    read_instead(graph, node.outputs[0], same);
    found = true;
  }
  if (found) drop_unread_nodes(graph);
}

}  // namespace ockham::converters
