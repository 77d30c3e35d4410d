#include "runtime/cuda/walk/tail.h"

#include <algorithm>
#include <ranges>
#include <utility>
#include <vector>

#include "runtime/plan/fuse.h"
#include "runtime/plan/planner.h"

namespace ockham::cuda {
namespace {

/// A place between two nodes at which a single activation is alive.
struct Cut {
  std::size_t node;  ///< the first one behind it
  ValueId value;
};

/// Sums over ranges of places, place i being in front of node i.
class Coverage {
 public:
  explicit Coverage(std::size_t nodes) : changes_(nodes + 2) {}
  void add(std::size_t first, std::size_t last, std::int64_t amount) {
    if (first > last) return;
    changes_[first] += amount;
    changes_[last + 1] -= amount;
  }
  std::vector<std::int64_t> sums() const {
    std::vector<std::int64_t> all;
    std::int64_t sum = 0;
    for (const std::int64_t change : changes_) all.push_back(sum += change);
    return all;
  }

 private:
  std::vector<std::int64_t> changes_;
};

/// In the graph's order. None is inside a step.
std::vector<Cut> find_cuts(const PlanRequest& request, Candidates candidates) {
  const Graph& graph = request.graph;
  const std::size_t nodes = graph.nodes.size();
  std::vector<std::size_t> known(graph.values.size(), 0), needed(graph.values.size(), 0);
  for (std::size_t i = 0; i < nodes; ++i) {
    for (const ValueId input : graph.nodes[i].inputs) needed[static_cast<std::size_t>(input)] = i;
    for (const ValueId output : graph.nodes[i].outputs) {
      known[static_cast<std::size_t>(output)] = i + 1;
    }
  }
  for (const ValueId output : graph.outputs) needed[static_cast<std::size_t>(output)] = nodes;

  // Where a single value is alive, the sum of the ids of those alive is its id.
  Coverage alive(nodes), ids(nodes), inside(nodes);
  for (std::size_t value = 0; value < graph.values.size(); ++value) {
    if (graph.values[value].is_constant) continue;
    alive.add(known[value], needed[value], 1);
    ids.add(known[value], needed[value], static_cast<std::int64_t>(value));
  }
  for (const PlanStep& step : fuse(request, candidates)) {
    const NodeId last =
        std::max({step.node, step.batch_norm, step.residual, step.activation, step.pool});
    inside.add(static_cast<std::size_t>(step.node) + 1, static_cast<std::size_t>(last), 1);
  }

  std::vector<Cut> cuts;
  const auto alive_at = alive.sums(), ids_at = ids.sums(), inside_at = inside.sums();
  for (std::size_t node = 1; node < nodes; ++node) {
    if (alive_at[node] != 1 || inside_at[node] != 0) continue;
    const Cut cut{node, static_cast<ValueId>(ids_at[node])};
    if (!graph.is_output(cut.value)) cuts.push_back(cut);
  }
  return cuts;
}

/// The network with these nodes alone.
Graph part_of(const Graph& graph, std::size_t first, std::size_t last, std::vector<ValueId> inputs,
              std::vector<ValueId> outputs) {
  const auto at = [&](std::size_t i) {
    return graph.nodes.begin() + static_cast<std::ptrdiff_t>(i);
  };
  return {.name = graph.nodes[first].name + " to " + graph.nodes[last - 1].name,
          .values = graph.values,
          .nodes = {at(first), at(last)},
          .inputs = std::move(inputs),
          .outputs = std::move(outputs)};
}

/// Estimated microseconds of a walk through a whole batch. The rates make a pruned LeNet-5 take the
/// 9 us that it took on an H200.
double walk_time(const Schedule& schedule, std::int64_t batch, const WalkDevice& device) {
  constexpr double kLaunch = 3.0, kCyclesPerStep = 300.0, kCyclesPerMicrosecond = 700.0;
  constexpr double kBytesPerMicrosecond = 40'000.0;  // to one multiprocessor
  const std::int64_t turns = (batch - 1) / device.multiprocessors + 1;
  const double cycles = static_cast<double>(schedule.layer_cycles) +
                        kCyclesPerStep * static_cast<double>(schedule.steps.size());
  return kLaunch + static_cast<double>(schedule.shared_bytes()) / kBytesPerMicrosecond +
         static_cast<double>(turns) * cycles / kCyclesPerMicrosecond;
}

/// Estimated microseconds that kernels of their own for the steps of a tail take, small ones within
/// a CUDA graph, less those of the reorder that only a network with a walk needs, in front of it.
/// That is the reverse of the one with which the plan for the tail alone begins, if it does.
double kernels_time(const PlanRequest& request, Candidates candidates) {
  constexpr double kSmallKernel = 3.5;
  const ExecutionPlan plan = make_plan(request, candidates);
  double kernels = 0.0;
  for (const PlanStep& step : plan.steps) {
    const bool reorders_input =
        step.node < 0 && plan.placements[step.reads[0]].where == Placement::Where::kInput;
    kernels += reorders_input ? -1.0 : 1.0;
  }
  return kSmallKernel * kernels;
}

}  // namespace

std::optional<Tail> find_tail(const PlanRequest& request, Candidates candidates,
                              const WalkDevice& device) {
  constexpr std::size_t kMostNodes = 64;
  const Graph& graph = request.graph;
  const std::size_t nodes = graph.nodes.size();
  std::optional<Tail> best;
  Cut best_cut{};
  double most = 0.0;
  for (const Cut& cut : find_cuts(request, candidates) | std::views::reverse) {
    if (nodes - cut.node > kMostNodes) break;
    Graph after = part_of(graph, cut.node, nodes, {cut.value}, graph.outputs);
    const PlanRequest tail_request = with_graph(request, after);
    std::optional<Schedule> schedule = make_schedule(tail_request, device.shared_bytes);
    if (!schedule) break;  // nor is there one for a longer tail
    const double saved =
        kernels_time(tail_request, candidates) - walk_time(*schedule, request.max_batch, device);
    if (saved <= most) continue;
    most = saved;
    best_cut = cut;
    best = {.after = std::move(after), .schedule = std::move(*schedule)};
  }
  if (best) best->before = part_of(graph, 0, best_cut.node, graph.inputs, {best_cut.value});
  return best;
}

}  // namespace ockham::cuda
