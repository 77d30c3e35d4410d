#include "converters/emit_c/step_writer.h"

#include <utility>

#include "converters/emit_c/operators/unary_expression.h"

namespace ockham::converters::c_code {
namespace {

/// "[1, 28, 28]": of one image.
std::string image_text(const Shape& shape) {
  std::string text;
  for (int axis = shape.has_batch() ? 1 : 0; axis < shape.rank(); ++axis) {
    text += (text.empty() ? "" : ", ") + std::to_string(shape[axis]);
  }
  return "[" + text + "]";
}

}  // namespace

std::string Helpers::add(std::string_view wanted, const std::string& text) {
  const auto found = names_.find(text);
  if (found != names_.end()) return found->second;
  std::string name = prefix_ + "_" + std::string(wanted);
  const int number = ++used_[name];
  if (number > 1) name += "_" + std::to_string(number);
  texts_ += replaced(text, {{"NAME", name}}) + "\n";
  names_.emplace(text, name);
  return name;
}

StepWriter::StepWriter(const Graph& graph, const PlanStep& step, std::string function,
                       Helpers& helpers)
    : graph_(graph), step_(step), function_(std::move(function)), helpers_(helpers) {}

const Shape& StepWriter::input_shape(std::size_t input) const {
  return graph_.value(node().inputs[input]).shape;
}

std::span<const float> StepWriter::constant_input(std::size_t input) const {
  return graph_.value(node().inputs[input]).constant.floats;
}

std::string StepWriter::parameter(std::size_t activation) const {
  const bool has_residual = step_.residual >= 0;
  if (has_residual && activation + 1 == step_.inputs.size()) return "added";
  const std::size_t read = step_.inputs.size() - (has_residual ? 1 : 0);
  return read == 1 ? "x" : "x" + std::to_string(activation);
}

std::string StepWriter::operand(std::size_t input) {
  const Value& value = graph_.value(node().inputs[input]);
  if (value.is_constant) {
    std::string name = "constant" + std::to_string(input);
    floats(name, value.constant.floats);
    return name;
  }
  std::size_t activation = 0;
  for (std::size_t i = 0; i < input; ++i) {
    if (!graph_.value(node().inputs[i]).is_constant) ++activation;
  }
  return parameter(activation);
}

std::string StepWriter::activated(const std::string& value) {
  const Unary* unary = fused_activation(graph_, step_);
  return unary == nullptr ? value : unary_function(*unary, helpers_) + "(" + value + ")";
}

void StepWriter::constant(std::string_view name, std::int64_t value) {
  constants_ += "    " + std::string(name) + " = " + std::to_string(value) + ",\n";
}

void StepWriter::alias(std::string_view type, std::string_view name) {
  const std::string text(name);
  aliases_ += "  const " + std::string(type) + "* const " + text + " = " + array_name(name) + ";\n";
}

void StepWriter::floats(std::string_view name, std::span<const float> numbers) {
  data_ += float_array(array_name(name), numbers);
  alias("float", name);
}

void StepWriter::integers(std::string_view name, std::span<const std::int64_t> numbers) {
  data_ += integer_array(array_name(name), numbers);
  alias(integer_type(numbers), name);
}

void StepWriter::loop(std::int64_t count, std::string_view statement) {
  body("  for (int i = 0; i < " + std::to_string(count) + "; ++i) " + std::string(statement) +
       "\n");
}

std::string StepWriter::text() const {
  std::string text = "/* " + comment(step_.name) + " (" + step_.op + "): ";
  for (std::size_t i = 0; i < step_.inputs.size(); ++i) {
    text += (i == 0 ? "" : ", ") + image_text(graph_.value(step_.inputs[i]).shape);
  }
  text += " -> " + image_text(graph_.value(step_.output).shape) + " */\n";
  text += "static void " + function_ + "(";
  for (std::size_t i = 0; i < step_.inputs.size(); ++i) {
    text += "const float* restrict " + parameter(i) + ",\n    ";
  }
  text += "float* restrict y";
  if (scratch_floats_ > 0) text += ", float* restrict scratch";
  text += ") {\n";
  if (!constants_.empty()) text += "  enum {\n" + constants_ + "  };\n";
  return text + aliases_ + body_ + "}\n\n";
}

}  // namespace ockham::converters::c_code
