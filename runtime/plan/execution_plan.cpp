#include "runtime/plan/execution_plan.h"

#include <algorithm>
#include <array>

#include "runtime/graph/number_text.h"

namespace ockham {
namespace {

constexpr std::size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

std::string place_text(const Placement& placement) {
  switch (placement.where) {
    case Placement::Where::kInput:
      return "input " + std::to_string(placement.index);
    case Placement::Where::kOutput:
      return "output " + std::to_string(placement.index);
    case Placement::Where::kArena:
      break;
  }
  std::string text = "arena + " + std::to_string(placement.offset);
  if (placement.rows > 0) text += ", " + std::to_string(placement.rows) + " rows at a time";
  return text;
}

std::string chain_text(const StepChain& chain) {
  return "steps " + std::to_string(chain.first) + " to " + std::to_string(chain.last) +
         " run in strips of " + std::to_string(chain.strip_rows) +
         (chain.strip_rows == 1 ? " row\n" : " rows\n");
}

std::string shape_text(const Graph& graph, const Placement& placement) {
  const Shape& shape = graph.value(placement.value).shape;
  std::string text = shape.text();
  if (placement.layout == Layout::kChannelsLast) text += " nhwc";
  if (placement.type != StoredType::kFloat32) text += " " + std::string(name_of(placement.type));
  return text;
}

Row row(const Graph& graph, const ExecutionPlan& plan, std::size_t number) {
  const PlanStep& step = plan.steps[number];
  const Placement& written = plan.placements[step.writes];
  return {std::to_string(number),
          step.name,
          step.op,
          step.kernel,
          step.reason,
          std::to_string(step.macs),
          shape_text(graph, written),
          place_text(written)};
}

std::string aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& cells : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const Row& cells : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      text += cells[i];
      if (i + 1 < kColumns) text.append(widths[i] - cells[i].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string ExecutionPlan::text(const Graph& graph) const {
  std::vector<Row> rows = {
      {"step", "name", "operator", "kernel", "reason", "MACs", "output", "where"}};
  for (std::size_t i = 0; i < steps.size(); ++i) rows.push_back(row(graph, *this, i));
  std::string text = aligned(rows);
  for (const StepChain& chain : chains) text += chain_text(chain);
  text += "at most " + images_text(max_batch) + ", arena of " + std::to_string(arena_bytes) +
          " bytes\n";
  for (const std::string& note : notes) text += note + "\n";
  return text;
}

}  // namespace ockham
