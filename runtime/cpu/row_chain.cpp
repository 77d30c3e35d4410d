#include "runtime/cpu/row_chain.h"

#include <algorithm>
#include <utility>

#include "runtime/cpu/step_clock.h"

namespace ockham::cpu {

RowChain::RowChain(const ExecutionPlan& plan, const StepChain& chain, const Graph& graph,
                   std::span<const std::unique_ptr<Kernel>> kernels)
    : chain_(chain) {
  for (std::size_t i = chain.first; i <= chain.last; ++i) {
    const PlanStep& planned = plan.steps[i];
    Step step = {.writes = activation(plan, graph, planned.writes),
                 .scratch_offset = planned.scratch_offset,
                 .inputs = std::vector<const float*>(planned.reads.size())};
    std::size_t passed = 0;
    for (const std::size_t read : planned.reads) {
      step.reads.push_back(activation(plan, graph, read));
      if (plan.placements[read].rows > 0) passed = step.reads.size() - 1;
    }
    schedule_.add(*kernels[i]->by_rows(), passed);
    steps_.push_back(std::move(step));
  }
}

/// The number of the one that is in this placement.
std::size_t RowChain::activation(const ExecutionPlan& plan, const Graph& graph,
                                 std::size_t placement) {
  const auto found = std::ranges::find(activations_, placement, &Activation::placement);
  if (found != activations_.end()) return static_cast<std::size_t>(found - activations_.begin());
  const Placement& planned = plan.placements[placement];
  activations_.push_back({.placement = placement,
                          .image = image_of(graph.value(planned.value).shape),
                          .is_strip = planned.rows > 0});
  return activations_.size() - 1;
}

void RowChain::run(const Arguments& arguments) noexcept {
  if (!arguments.step_ns.empty()) {
    std::ranges::fill(arguments.step_ns.subspan(chain_.first, steps_.size()), 0);
  }
  for (std::int64_t n = 0; n < arguments.batch; ++n) run_image(arguments, n);
}

void RowChain::run_image(const Arguments& arguments, std::int64_t n) {
  schedule_.restart();
  for (Activation& activation : activations_) activation.held = {};
  const std::int64_t height = activations_[steps_.back().writes].image.height;
  const bool measures = !arguments.step_ns.empty();
  std::int64_t before = measures ? nanoseconds() : 0;
  for (std::int64_t last = 0; last < height;) {
    last = std::min(height, last + chain_.strip_rows);
    schedule_.advance(last);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      run_step(arguments, n, i);
      if (!measures) continue;
      const std::int64_t now = nanoseconds();
      arguments.step_ns[chain_.first + i] += now - before;
      before = now;
    }
  }
}

/// For the next strip.
void RowChain::run_step(const Arguments& arguments, std::int64_t n, std::size_t i) {
  const RowSchedule::Step& planned = schedule_.step(i);
  if (planned.rows.count() == 0) return;
  // Where row 0 of the image is, or would be.
  const auto image = [&](const Activation& activation) {
    const Image& extents = activation.image;
    return arguments.placed[activation.placement] +
           (activation.is_strip ? -activation.held.first * extents.row() : n * extents.elements());
  };
  Step& step = steps_[i];
  Activation& written = activations_[step.writes];
  if (written.is_strip) {
    make_room(written, arguments.placed[written.placement], {planned.kept, planned.rows.last});
  }
  for (std::size_t k = 0; k < step.reads.size(); ++k) {
    step.inputs[k] = image(activations_[step.reads[k]]);
  }
  planned.kernel->run_rows({.batch = 1,
                            .inputs = step.inputs,
                            .output = image(written),
                            .scratch = arguments.arena + step.scratch_offset,
                            .threads = arguments.threads},
                           planned.rows);
}

/// Moves those of its rows that are among `rows` to where these begin.
void RowChain::make_room(Activation& strip, float* first, const Rows& rows) {
  const std::int64_t row = strip.image.row();
  if (strip.held.first < rows.first && rows.first < strip.held.last) {
    std::copy(first + (rows.first - strip.held.first) * row,
              first + (strip.held.last - strip.held.first) * row, first);
  }
  strip.held = rows;
}

}  // namespace ockham::cpu
