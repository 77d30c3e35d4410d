#include "runtime/tuning/step_class.h"

#include <span>

#include "runtime/format/container_layout.h"
#include "runtime/tuning/tuning_cache.h"

namespace ockham {
namespace {

std::string extents_text(std::span<const std::int64_t> extents) {
  std::string text;
  for (const std::int64_t extent : extents) text += " " + std::to_string(extent);
  return text;
}

std::string window_text(const Window2d& window) {
  return " kernel" + extents_text(window.kernel) + " stride" + extents_text(window.stride) +
         " pad" + extents_text(window.pad_begin) + extents_text(window.pad_end) + " dilation" +
         extents_text(window.dilation);
}

/// Attributes that shapes do not tell.
std::string attributes_text(const Operator& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) {
    return window_text(conv->window) + " groups " + std::to_string(conv->groups);
  }
  if (const auto* pool = std::get_if<Pool2d>(&op)) return window_text(pool->window);
  return {};
}

}  // namespace

std::string step_class(const Graph& graph, const PlanStep& step) {
  std::string text = step.op;
  if (step.node >= 0) {
    const Node& node = computing_node(graph, step);
    text += attributes_text(node.op);
    for (const ValueId input : node.inputs) text += " " + graph.value(input).shape.text();
  }
  return text + " to " + graph.value(step.output).shape.text();
}

std::string plan_class(const Graph& graph, const ExecutionPlan& plan) {
  std::string text;
  for (const PlanStep& step : plan.steps) {
    text += step_class(graph, step) + '\n';
    // What reads what decides where reorders are.
    text += extents_text(std::vector<std::int64_t>(step.inputs.begin(), step.inputs.end())) + '\n';
  }
  const format::Checksum checksum = format::checksum_of(std::as_bytes(std::span(text)));
  return hex_text(std::as_bytes(std::span(&checksum, 1)));
}

}  // namespace ockham
