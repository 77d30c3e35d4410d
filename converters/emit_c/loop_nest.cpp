#include "converters/emit_c/loop_nest.h"

#include <fmt/format.h>

#include <utility>

#include "converters/emit_c/c_text.h"

namespace ockham::converters::c_code {
namespace {

/// Whether the arrays go on behind the last position of `inner` where `outer` takes its next step.
bool continues(const LoopAxis& outer, const LoopAxis& inner) {
  for (std::size_t array = 0; array < inner.steps.size(); ++array) {
    if (outer.steps[array] != inner.steps[array] * inner.extent) return false;
  }
  return true;
}

}  // namespace

LoopNest::LoopNest(std::string variable, const std::vector<LoopAxis>& axes)
    : variable_(std::move(variable)) {
  for (const LoopAxis& axis : axes) {
    if (axis.extent == 1) continue;
    if (!axes_.empty() && continues(axes_.back(), axis)) {
      axes_.back() = {axes_.back().extent * axis.extent, axis.steps};
    } else {
      axes_.push_back(axis);
    }
  }
}

std::string LoopNest::index(std::size_t array) const {
  std::string text;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const std::int64_t step = axes_[i].steps[array];
    if (step == 0) continue;
    text += (text.empty() ? "" : " + ") + variable_ + std::to_string(i);
    if (step != 1) text += " * " + std::to_string(step);
  }
  return text.empty() ? "0" : text;
}

std::string LoopNest::around(const std::string& body) const {
  std::string before, behind;
  int depth = 0;
  for (std::size_t i = 0; i < axes_.size(); ++i, depth += 2) {
    const std::string name = variable_ + std::to_string(i);
    before += indented(
        fmt::format("for (int {0} = 0; {0} < {1}; ++{0}) {{\n", name, axes_[i].extent), depth);
    behind.insert(0, indented("}\n", depth));
  }
  return before + indented(body, depth) + behind;
}

std::vector<std::int64_t> row_major_steps(const Shape& shape) {
  std::vector<std::int64_t> steps(static_cast<std::size_t>(shape.rank()), 0);
  std::int64_t inner = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] == Shape::kBatch) continue;
    steps[static_cast<std::size_t>(axis)] = inner;
    inner *= shape[axis];
  }
  return steps;
}

}  // namespace ockham::converters::c_code
