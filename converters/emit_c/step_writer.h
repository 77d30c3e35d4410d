// StepWriter: one step of the plan on its way to a function in C.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "converters/emit_c/c_text.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::converters::c_code {

/// What several steps share: small functions, each there once under its name, in the order in which
/// they were asked for.
class Helpers {
 public:
  /// All names start with `prefix`, so that several networks may share a translation unit.
  explicit Helpers(std::string prefix) : prefix_(std::move(prefix)) {}

  /// `text` defines a function; `NAME` in it stands for its name: the prefix, `wanted`, and a
  /// number where another text has that. Returns the name.
  std::string add(std::string_view wanted, const std::string& text);

  const std::string& texts() const { return texts_; }

 private:
  std::string prefix_;
  std::map<std::string, std::string> names_;  ///< by text
  std::map<std::string, int> used_;           ///< how often a name was wanted
  std::string texts_;
};

/// The function of a step reads `x` (or x0, x1 ... of several activations, in the order of
/// PlanStep::inputs) and `added` where it has a residual sum, writes `y`, and may have `scratch`.
/// Operators' emitters say what is in it.
class StepWriter {
 public:
  StepWriter(const Graph& graph, const PlanStep& step, std::string function, Helpers& helpers);

  const Graph& graph() const { return graph_; }
  const PlanStep& step() const { return step_; }
  const Node& node() const { return computing_node(graph_, step_); }
  /// Of the computing node's inputs and output.
  const Shape& input_shape(std::size_t input) const;
  const Shape& output_shape() const { return graph_.value(node().outputs[0]).shape; }
  std::span<const float> constant_input(std::size_t input) const;

  /// What the function calls input `i` of the node: a parameter, or an array that is added for a
  /// constant.
  std::string operand(std::size_t input);
  /// `value`, an expression in C, and what is added to it: element `at` of the residual sum's other
  /// side, if the step has one.
  std::string with_residual(const std::string& value) const {
    return step_.residual < 0 ? value : value + " + added[at]";
  }
  /// `value`, an expression in C, after the activation that is fused behind the step, if one is.
  std::string activated(const std::string& value);

  /// A number that the function's body knows by this name.
  void constant(std::string_view name, std::int64_t value);
  /// An array that the body knows by this name.
  void floats(std::string_view name, std::span<const float> numbers);
  void integers(std::string_view name, std::span<const std::int64_t> numbers);
  void scratch(std::int64_t floats) { scratch_floats_ = floats; }
  Helpers& helpers() { return helpers_; }
  /// Lines of C behind all that is there.
  void body(std::string_view text) { body_ += text; }
  /// A loop over `count` elements: `statement` tells of element i.
  void loop(std::int64_t count, std::string_view statement);

  const std::string& function() const { return function_; }
  std::int64_t scratch_floats() const { return scratch_floats_; }
  /// Arrays that stand before all functions.
  const std::string& data() const { return data_; }
  /// The whole function, a comment before it.
  std::string text() const;

 private:
  std::string parameter(std::size_t activation) const;
  void alias(std::string_view type, std::string_view name);
  std::string array_name(std::string_view name) const {
    return function_ + "_" + std::string(name);
  }

  const Graph& graph_;
  const PlanStep& step_;
  std::string function_;
  Helpers& helpers_;
  std::string data_, aliases_, constants_, body_;
  std::int64_t scratch_floats_ = 0;
};

}  // namespace ockham::converters::c_code
