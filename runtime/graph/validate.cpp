#include "runtime/graph/validate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "runtime/graph/error.h"
#include "runtime/graph/node_inputs.h"
#include "runtime/graph/number_text.h"

namespace ockham {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidModel, text); }

std::string quoted(const Value& value) { return "value '" + value.name + "'"; }

/// Not 0 where the number is infinite or not a number: the exponent's bits, which are all set there
/// alone, plus its lowest one.
std::uint32_t not_finite_flag(float number) {
  constexpr std::uint32_t kExponent = 0x7F80'0000, kLowest = 0x0080'0000, kCarry = 0x8000'0000;
  return ((std::bit_cast<std::uint32_t>(number) & kExponent) + kLowest) & kCarry;
}

/// Marks what has been computed so far, so that order and single production are checked in one
/// pass.
class Validator {
 public:
  explicit Validator(const Graph& graph) : graph_(graph), ready_(graph.values.size(), false) {}

  void run() {
    check_values();
    check_inputs();
    for (const Node& node : graph_.nodes) check_node(node);
    check_outputs();
  }

 private:
  void check_index(ValueId id, const std::string& where) const {
    if (id < 0 || static_cast<std::size_t>(id) >= graph_.values.size()) {
      refuse(where + ": value index " + std::to_string(id) + " is outside the graph's " +
             std::to_string(graph_.values.size()) + " values");
    }
  }

  bool is_ready(ValueId id) const { return ready_[static_cast<std::size_t>(id)]; }
  void mark_ready(ValueId id) { ready_[static_cast<std::size_t>(id)] = true; }

  void check_values() {
    std::unordered_set<std::string_view> names;
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      if (value.name.empty()) refuse("value " + std::to_string(i) + " has no name");
      if (!names.insert(value.name).second) refuse(quoted(value) + ": the name is used twice");
      check_type(value);
      check_shape(value);
      if (value.is_constant) check_constant(value, static_cast<ValueId>(i));
    }
  }

  static void check_type(const Value& value) {
    if (value.type == ElementType::kFloat32 || value.type == ElementType::kInt64) return;
    refuse(quoted(value) + ": element type " + std::to_string(static_cast<int>(value.type)) +
           " is unknown, expected 1 (float32) or 2 (int64)");
  }

  /// What the network reads and computes with is float32.
  static void expect_floats(const Value& value, const std::string& where) {
    if (value.type == ElementType::kFloat32) return;
    refuse(where + ": " + quoted(value) + " has elements of int64, expected float32; only what a " +
           "network hands out may be int64");
  }

  static void check_shape(const Value& value) {
    const Shape& shape = value.shape;
    if (shape.rank() < 1 || shape.rank() > kMaxRank) {
      refuse(quoted(value) + ": rank " + std::to_string(shape.rank()) + ", expected 1 to " +
             std::to_string(kMaxRank));
    }
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const bool symbolic = axis == 0 && shape.has_batch();
      if (!symbolic && shape[axis] < 1) {
        refuse(quoted(value) + ": extent " + std::to_string(shape[axis]) + " on axis " +
               std::to_string(axis) + ", expected at least 1");
      }
    }
    shape.elements();
    if (value.is_constant == shape.has_batch()) {
      refuse(quoted(value) + ": shape " + shape.text() +
             (value.is_constant ? ": a constant has no batch axis"
                                : ": axis 0 of an activation must be the batch"));
    }
  }

  void check_constant(const Value& value, ValueId id) {
    expect_floats(value, "constant");
    const auto expected = static_cast<std::size_t>(value.shape.elements());
    if (value.constant.floats.size() != expected) {
      refuse(quoted(value) + ": " + std::to_string(value.constant.floats.size()) +
             " elements, expected " + std::to_string(expected) + " for shape " +
             value.shape.text());
    }
    check_finite(value);
    mark_ready(id);
  }

  /// Looks at the bits of all first: that the compiler can do for several elements at once, and
  /// there are millions.
  static void check_finite(const Value& value) {
    const std::span<const float> floats = value.constant.floats;
    std::uint32_t flags = 0;
    for (const float x : floats) flags |= not_finite_flag(x);
    if (flags == 0) return;
    const auto at = std::ranges::find_if(floats, not_finite_flag) - floats.begin();
    refuse(quoted(value) + ": element " + std::to_string(at) + " is not finite");
  }

  void check_inputs() {
    if (graph_.inputs.empty()) refuse("the graph has no inputs, expected at least one");
    for (const ValueId id : graph_.inputs) {
      check_index(id, "graph input");
      if (is_ready(id)) refuse(quoted(graph_.value(id)) + ": listed twice as input, or a constant");
      expect_floats(graph_.value(id), "input");
      mark_ready(id);
    }
  }

  void check_node(const Node& node) {
    const OperatorInputs inputs = operator_inputs(graph_, node);
    if (node.name.empty())
      refuse("a node (" + std::string(operator_name(node.op)) + ") has no name");
    if (!node_names_.insert(node.name).second) fail(inputs, "the name is used twice");
    for (const ValueId id : node.inputs) {
      if (!is_ready(id))
        fail(inputs, "reads " + quoted(graph_.value(id)) + " before it is computed");
      expect_floats(graph_.value(id), inputs.where);
    }
    if (node.outputs.size() != 1) {
      fail(inputs, std::to_string(node.outputs.size()) + " outputs, expected 1");
    }
    if (std::holds_alternative<BatchNorm>(node.op)) check_variance(node, inputs);
    if (const auto* op = std::get_if<FakeQuantize>(&node.op)) check_quantization(*op, node, inputs);
    const ValueId output = node.outputs[0];
    check_index(output, inputs.where);
    if (is_ready(output)) fail(inputs, quoted(graph_.value(output)) + " has two producers");
    const Shape expected = infer_shape(node.op, inputs);
    if (graph_.value(output).shape != expected) {
      fail(inputs, "output '" + graph_.value(output).name + "' has shape " +
                       graph_.value(output).shape.text() + ", expected " + expected.text());
    }
    if (graph_.value(output).type != output_type(node.op)) {
      fail(inputs, quoted(graph_.value(output)) + " has another element type than the operator's");
    }
    mark_ready(output);
  }

  /// What a batch norm divides by must be a number, and not 0.
  void check_variance(const Node& node, const OperatorInputs& inputs) const {
    if (node.inputs.size() < 5) return;  // shape inference refuses it
    const float epsilon = std::get<BatchNorm>(node.op).epsilon;
    for (const float variance : graph_.value(node.inputs[4]).constant.floats) {
      if (variance + epsilon > 0.0f) continue;
      fail(inputs, "a running variance is " + number_text(variance) + " and epsilon " +
                       number_text(epsilon) + ", expected a sum above 0");
    }
  }

  void check_quantization(const FakeQuantize& op, const Node& node,
                          const OperatorInputs& inputs) const {
    if (node.inputs.size() < 3 || op.type > kLastQuantizedType)
      return;  // shape inference refuses it
    for (const float scale : graph_.value(node.inputs[1]).constant.floats) {
      if (scale > 0.0f) continue;
      fail(inputs, "a scale is " + number_text(scale) + ", expected a positive number");
    }
    const auto [least, most] = range_of(op.type);
    for (const float zero : graph_.value(node.inputs[2]).constant.floats) {
      if (zero >= least && zero <= most && zero == std::floor(zero)) continue;
      fail(inputs, "a zero point is " + number_text(zero) + ", expected a whole number of " +
                       std::string(name_of(op.type)));
    }
  }

  void check_outputs() const {
    if (graph_.outputs.empty()) refuse("the graph has no outputs, expected at least one");
    std::unordered_set<ValueId> seen;
    for (const ValueId id : graph_.outputs) {
      check_index(id, "graph output");
      const Value& value = graph_.value(id);
      if (value.is_constant) refuse(quoted(value) + ": an output cannot be a constant");
      if (!seen.insert(id).second) refuse(quoted(value) + ": listed twice as output");
    }
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      if (!ready_[i]) refuse(quoted(graph_.values[i]) + ": nothing computes it");
    }
  }

  const Graph& graph_;
  std::vector<bool> ready_;
  std::unordered_set<std::string_view> node_names_;
};

}  // namespace

void validate(const Graph& graph) { Validator(graph).run(); }

}  // namespace ockham
