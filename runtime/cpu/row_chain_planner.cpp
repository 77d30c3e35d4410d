#include "runtime/cpu/row_chain_planner.h"

#include <algorithm>
#include <vector>

#include "runtime/cpu/image.h"
#include "runtime/cpu/row_schedule.h"
#include "runtime/cpu/window_axis.h"

namespace ockham::cpu {
namespace {

/// How many rows each step but the last must hold where the last computes `rows` of its `height` at
/// a time.
std::vector<std::int64_t> rows_held(RowSchedule& schedule, std::int64_t rows, std::int64_t height) {
  std::vector<std::int64_t> held(schedule.steps() - 1, 1);
  schedule.restart();
  for (std::int64_t last = 0; last < height;) {
    last = std::min(height, last + rows);
    schedule.advance(last);
    for (std::size_t i = 0; i < held.size(); ++i) {
      const RowSchedule::Step& step = schedule.step(i);
      held[i] = std::max(held[i], step.rows.last - step.kept);
    }
  }
  return held;
}

class ChainPlanner {
 public:
  ChainPlanner(ExecutionPlan& plan, const Graph& graph,
               std::span<const std::unique_ptr<Kernel>> kernels)
      : plan_(plan), graph_(graph), kernels_(kernels), readers_(plan.placements.size(), 0) {
    for (const PlanStep& step : plan.steps) {
      for (const std::size_t read : step.reads) ++readers_[read];
    }
  }

  void run() {
    for (std::size_t first = 0; first < plan_.steps.size(); ++first) {
      std::size_t last = first;
      while (passes_rows(last)) ++last;
      if (last > first) add(first, last);
      first = last;
    }
  }

 private:
  /// Whether a step can hand its rows to the one behind it, who alone reads them, and had better.
  bool passes_rows(std::size_t step) const {
    if (step + 1 == plan_.steps.size()) return false;
    const std::size_t passed = plan_.steps[step].writes;
    const Placement& placement = plan_.placements[passed];
    return kernels_[step]->by_rows() != nullptr && kernels_[step + 1]->by_rows() != nullptr &&
           placement.where == Placement::Where::kArena && placement.bytes > kCacheBytes &&
           readers_[passed] == 1 && std::ranges::count(plan_.steps[step + 1].reads, passed) == 1;
  }

  void add(std::size_t first, std::size_t last) {
    RowSchedule schedule = schedule_of(first, last);
    const std::int64_t height = image_in(plan_.steps[last].writes).height;
    std::int64_t rows = 1;
    while (rows < height &&
           strip_bytes(first, rows_held(schedule, rows + 1, height)) <= kCacheBytes) {
      ++rows;
    }
    rows = divide_up(height, divide_up(height, rows));  // in strips of about equal size
    const std::vector<std::int64_t> held = rows_held(schedule, rows, height);
    for (std::size_t i = 0; i < held.size(); ++i) {
      const std::size_t passed = plan_.steps[first + i].writes;
      plan_.placements[passed].rows = held[i];
      plan_.placements[passed].bytes = bytes_of(passed, held[i]);
    }
    plan_.chains.push_back({first, last, rows});
  }

  RowSchedule schedule_of(std::size_t first, std::size_t last) const {
    RowSchedule schedule;
    schedule.add(*kernels_[first]->by_rows(), 0);
    for (std::size_t i = first + 1; i <= last; ++i) {
      const std::vector<std::size_t>& reads = plan_.steps[i].reads;
      const auto passed = std::ranges::find(reads, plan_.steps[i - 1].writes);
      schedule.add(*kernels_[i]->by_rows(), static_cast<std::size_t>(passed - reads.begin()));
    }
    return schedule;
  }

  Image image_in(std::size_t placement) const {
    return image_of(graph_.value(plan_.placements[placement].value).shape);
  }

  std::size_t bytes_of(std::size_t placement, std::int64_t rows) const {
    return static_cast<std::size_t>(rows * image_in(placement).row()) * sizeof(float);
  }

  /// Of what passes between the steps from `first` on.
  std::size_t strip_bytes(std::size_t first, const std::vector<std::int64_t>& held) const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < held.size(); ++i) {
      bytes += bytes_of(plan_.steps[first + i].writes, held[i]);
    }
    return bytes;
  }

  ExecutionPlan& plan_;
  const Graph& graph_;
  std::span<const std::unique_ptr<Kernel>> kernels_;
  std::vector<int> readers_;  ///< of each placement
};

}  // namespace

void plan_row_chains(ExecutionPlan& plan, const Graph& graph,
                     std::span<const std::unique_ptr<Kernel>> kernels) {
  ChainPlanner(plan, graph, kernels).run();
}

}  // namespace ockham::cpu
