#include "runtime/plan/planner.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "runtime/graph/number_text.h"
#include "runtime/plan/fuse.h"
#include "runtime/plan/kernel_choice.h"
#include "runtime/plan/memory_limit.h"
#include "runtime/plan/memory_planner.h"

namespace ockham {
namespace {

/// Of a step that brings a value from one placement to another: what it does, on what, and why.
void describe_change(PlanStep& step, const Placement& before, const Placement& after) {
  const auto change = [](std::string_view a, std::string_view b) {
    return std::string(a) + " to " + std::string(b);
  };
  const std::string order = change(layout_name(before.layout), layout_name(after.layout));
  const bool keeps_order = before.layout == after.layout;
  step.kernel = "ockham:reorder";
  if (before.type == StoredType::kUint8) {
    step.op = keeps_order ? "prepare" : "prepare " + order;
    step.kernel = "ockham:prepare";
    step.reason = "bytes of pictures become the network's numbers";
  } else if (!keeps_order) {
    step.op = "reorder " + order;
    step.reason = "other layout wanted";
  } else if (before.type != after.type) {
    step.op = "convert " + change(name_of(before.type), name_of(after.type));
    step.reason = "other type wanted";
  } else {
    step.op = "copy";
    step.reason = "an output that is an input";
  }
}

class Planner {
 public:
  Planner(const PlanRequest& request, Candidates candidates)
      : request_(request),
        graph_(request.graph),
        candidates_(candidates),
        flattened_(graph_.values.size(), -1),
        read_in_(graph_.values.size()) {
    plan_.max_batch = request.max_batch;
    plan_.precision = request.precision;
    plan_.notes = request.choices.notes;
    plan_.input_formats = request.input_formats;
  }

  ExecutionPlan run() {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      place_input(i);
    }
    std::vector<PlanStep> steps = fuse(request_, candidates_);
    find_free_flattens(steps);
    find_types_read(steps);
    for (PlanStep& step : steps) {
      if (flattened_[index(step.output)] < 0) add(std::move(step));
    }
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) hand_out(i);
    return std::move(plan_);
  }

 private:
  static std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

  bool reads_unflattened(const PlanStep& step) const {
    const Candidate& candidate = *candidates_[choose(step).candidate];
    return candidate.reads_unflattened != nullptr && candidate.reads_unflattened(request_, step);
  }

  /// Marks the values that are only another name for what was flattened.
  void find_free_flattens(const std::vector<PlanStep>& steps) {
    for (const PlanStep& step : steps) {
      if (!std::holds_alternative<Flatten>(computing_node(graph_, step).op)) continue;
      if (graph_.is_output(step.output)) continue;
      const bool is_free = std::ranges::all_of(steps, [&](const PlanStep& reader) {
        if (std::ranges::find(reader.inputs, step.output) == reader.inputs.end()) return true;
        // What is added element by element must lie as the result does.
        const bool adds_it = reader.residual >= 0 && reader.inputs.back() == step.output;
        return !adds_it && reads_unflattened(reader);
      });
      if (is_free) flattened_[index(step.output)] = step.inputs[0];
    }
  }

  /// What a value is called where it is kept.
  ValueId unflattened(ValueId value) const {
    while (flattened_[index(value)] >= 0) value = flattened_[index(value)];
    return value;
  }

  /// Marks the values that all steps read in one type that is not the device's.
  void find_types_read(const std::vector<PlanStep>& steps) {
    const bool has_types = std::ranges::any_of(
        candidates_, [](const Candidate* candidate) { return candidate->type.has_value(); });
    if (!has_types || request_.precision == Precision::kFloat32) return;
    std::vector<bool> is_read(read_in_.size(), false);
    const auto read = [&](ValueId value, std::optional<StoredType> type) {
      const std::size_t i = index(unflattened(value));
      read_in_[i] = !is_read[i] || read_in_[i] == type ? type : std::nullopt;
      is_read[i] = true;
    };
    for (const PlanStep& step : steps) {
      if (flattened_[index(step.output)] >= 0) continue;
      const auto type = candidates_[choose(step).candidate]->type;
      for (const ValueId input : step.inputs) read(input, type);
    }
    for (const ValueId output : graph_.outputs) read(output, std::nullopt);
  }

  void add(PlanStep step) {
    for (ValueId& input : step.inputs) input = unflattened(input);
    const ChosenKernel chosen = choose(step);
    const Candidate& candidate = *candidates_[chosen.candidate];
    step.candidate = chosen.candidate;
    step.kernel = candidate.name;
    step.reason = chosen.reason;
    if (ignores_choice(request_, candidates_, step)) note_ignored_choice(step);
    const Layout layout = wanted_layout(candidate, step);
    for (const ValueId input : step.inputs) {
      step.reads.push_back(candidate.type ? in_type(input, layout, *candidate.type)
                                          : in_layout(input, layout));
    }
    const Layout written =
        candidate.layout == LayoutRule::kAnyToRowMajor ? Layout::kRowMajor : layout;
    const bool keeps_type = candidate.type && candidate.type == read_in_[index(step.output)];
    step.writes = keeps_type ? place_in_type(step.output, written, *candidate.type)
                             : place_result(step.output, written);
    plan_.steps.push_back(std::move(step));
  }

  ChosenKernel choose(const PlanStep& step) const {
    if (auto chosen = choose_kernel(request_, candidates_, step)) return *std::move(chosen);
    throw Error(Status::kUnsupported,
                "node '" + step.name + "' (" + step.op + "): no kernel of this build can run it");
  }

  void note_ignored_choice(const PlanStep& step) {
    plan_.notes.push_back("node '" + step.name + "' (" + step.op + "): kernel '" +
                          request_.choices.by_node.at(step.name).candidate +
                          "' was chosen for it, but cannot run it; it runs on '" + step.kernel +
                          "'");
  }

  /// Of the inputs.
  Layout wanted_layout(const Candidate& candidate, const PlanStep& step) const {
    switch (candidate.layout) {
      case LayoutRule::kRowMajor:
        return Layout::kRowMajor;
      case LayoutRule::kChannelsLast:
        return Layout::kChannelsLast;
      case LayoutRule::kAny:
      case LayoutRule::kAnyToRowMajor:
        break;
    }
    for (const ValueId input : step.inputs) {
      if (request_.channels_last.differs(graph_.value(input).shape)) {
        return plan_.placements[any_placement(input)].layout;
      }
    }
    return Layout::kRowMajor;
  }

  /// What others are made from: the first in the device's type, to which a conversion is added when
  /// there is none yet, or bytes, which are prepared in any layout at once.
  std::size_t first_placement(ValueId value) {
    const std::size_t from = any_placement(value);
    const Layout layout = plan_.placements[from].layout;
    const bool is_bytes = plan_.placements[from].type == StoredType::kUint8;
    if (is_bytes || placed_.contains({value, layout})) return from;
    return reorder(value, from, place_result(value, layout));
  }

  /// In the device's type, or else in whatever type.
  std::size_t any_placement(ValueId value) const {
    const auto found = placed_.lower_bound({value, Layout::kRowMajor});
    if (found != placed_.end() && found->first.first == value) return found->second;
    return placed_in_type_.lower_bound({value, Layout::kRowMajor, StoredType::kFloat32})->second;
  }

  /// The layout that a value has when `wanted` is asked for: where the two are the same, row-major.
  Layout actual_layout(ValueId value, Layout wanted) const {
    return request_.channels_last.differs(graph_.value(value).shape) ? wanted : Layout::kRowMajor;
  }

  void place_input(std::size_t i) {
    const ValueId value = graph_.inputs[i];
    const ArrayFormat& format = format_of(request_.input_formats, i);
    const Placement placement = {.value = value,
                                 .layout = actual_layout(value, format.layout),
                                 .type = format.type,
                                 .where = Placement::Where::kInput,
                                 .index = i};
    if (format.type == StoredType::kUint8) {
      keep_in_type(placement);
    } else {
      place(placement);
    }
  }

  /// That the caller's array wants.
  Layout output_layout(std::size_t i) const {
    return actual_layout(graph_.outputs[i], format_of(request_.output_formats, i).layout);
  }

  std::size_t place(Placement placement) {
    const bool packed = placement.layout == Layout::kChannelsLast;
    placement.type = packed ? request_.channels_last.type : StoredType::kFloat32;
    const std::size_t added = keep(placement);
    placed_.emplace(std::pair{placement.value, placement.layout}, added);
    return added;
  }

  /// In the arena, in another type than the device's.
  std::size_t place_in_type(ValueId value, Layout wanted, StoredType type) {
    return keep_in_type({.value = value, .layout = actual_layout(value, wanted), .type = type});
  }

  std::size_t keep_in_type(const Placement& placement) {
    const std::size_t added = keep(placement);
    placed_in_type_.emplace(std::tuple{placement.value, placement.layout, placement.type}, added);
    return added;
  }

  /// Counts what it takes.
  std::size_t keep(Placement placement) {
    const Shape& shape = graph_.value(placement.value).shape;
    const bool packed = placement.layout == Layout::kChannelsLast;
    placement.elements = packed ? request_.channels_last.elements(shape) : shape.elements();
    placement.bytes = static_cast<std::size_t>(saturating_multiply(
        saturating_multiply(placement.elements,
                            static_cast<std::int64_t>(bytes_of(placement.type))),
        plan_.max_batch));
    plan_.placements.push_back(placement);
    return plan_.placements.size() - 1;
  }

  /// A result goes straight into the caller's array when it is an output in that array's order.
  std::size_t place_result(ValueId value, Layout wanted) {
    const Layout layout = actual_layout(value, wanted);
    const auto output = std::ranges::find(graph_.outputs, value);
    if (output == graph_.outputs.end()) return place({.value = value, .layout = layout});
    const auto i = static_cast<std::size_t>(output - graph_.outputs.begin());
    if (layout != output_layout(i)) return place({.value = value, .layout = layout});
    return place_output(i);
  }

  std::size_t place_output(std::size_t i) {
    return place({.value = graph_.outputs[i],
                  .layout = output_layout(i),
                  .where = Placement::Where::kOutput,
                  .index = i});
  }

  /// The value's placement in this layout; a reorder step is added when there is none yet.
  std::size_t in_layout(ValueId value, Layout wanted) {
    const Layout layout = actual_layout(value, wanted);
    const std::size_t from = first_placement(value);
    const auto found = placed_.find({value, layout});
    if (found != placed_.end()) return found->second;
    return reorder(value, from, place_result(value, layout));
  }

  /// The same in a type that is not the device's. Layout and type change in two steps.
  std::size_t in_type(ValueId value, Layout wanted, StoredType type) {
    const Layout layout = actual_layout(value, wanted);
    const auto found = placed_in_type_.find({value, layout, type});
    if (found != placed_in_type_.end()) return found->second;
    const std::size_t from = in_layout(value, layout);
    return reorder(value, from, place_in_type(value, layout, type));
  }

  std::size_t reorder(ValueId value, std::size_t from, std::size_t to) {
    PlanStep step{.name = graph_.value(value).name,
                  .inputs = {value},
                  .output = value,
                  .reads = {from},
                  .writes = to};
    describe_change(step, plan_.placements[from], plan_.placements[to]);
    plan_.steps.push_back(std::move(step));
    return to;
  }

  /// Sees to it that output `i` lies in the caller's array.
  void hand_out(std::size_t i) {
    const ValueId value = graph_.outputs[i];
    const auto found = placed_.find({value, output_layout(i)});
    const std::size_t from = found != placed_.end() ? found->second : first_placement(value);
    if (plan_.placements[from].where == Placement::Where::kOutput) return;
    reorder(value, from, place_output(i));
  }

  const PlanRequest& request_;
  const Graph& graph_;
  Candidates candidates_;
  ExecutionPlan plan_;
  std::vector<ValueId> flattened_;  ///< what a free flatten reads, by its output; otherwise -1
  /// What all steps behind a value read it in, where that is one type that is not the device's.
  std::vector<std::optional<StoredType>> read_in_;
  std::map<std::pair<ValueId, Layout>, std::size_t> placed_;  ///< in the device's types
  std::map<std::tuple<ValueId, Layout, StoredType>, std::size_t> placed_in_type_;  ///< in others
};

/// First and last step that touches a placement.
struct Lifetime {
  std::size_t first = SIZE_MAX, last = 0;

  void touch(std::size_t step) {
    first = std::min(first, step);
    last = std::max(last, step);
  }
};

/// What a chain touches it touches again and again, from its first step to its last.
void touch_in_chains(Lifetime& life, const std::vector<StepChain>& chains) {
  for (const StepChain& chain : chains) {
    if (life.last < chain.first || chain.last < life.first) continue;
    life.touch(chain.first);
    life.touch(chain.last);
  }
}

std::vector<Lifetime> lifetimes(const ExecutionPlan& plan) {
  std::vector<Lifetime> found(plan.placements.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const std::size_t read : plan.steps[i].reads) found[read].touch(i);
    found[plan.steps[i].writes].touch(i);
  }
  for (Lifetime& life : found) touch_in_chains(life, plan.chains);
  return found;
}

}  // namespace

ExecutionPlan make_plan(const PlanRequest& request, Candidates candidates) {
  return Planner(request, candidates).run();
}

void plan_memory(ExecutionPlan& plan, const Graph& graph, std::size_t memory_limit) {
  MemoryPlanner arena;
  const std::vector<Lifetime> lives = lifetimes(plan);
  std::vector<std::pair<std::size_t*, std::size_t>> offsets;  // where to write, which block
  for (std::size_t i = 0; i < plan.placements.size(); ++i) {
    Placement& placement = plan.placements[i];
    const std::string& name = graph.value(placement.value).name;
    check_memory_limit(
        {{"value '" + name + "' of " + images_text(plan.max_batch), placement.bytes}},
        memory_limit);
    if (placement.where != Placement::Where::kArena) continue;
    offsets.emplace_back(&placement.offset,
                         arena.add(placement.bytes, lives[i].first, lives[i].last));
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    PlanStep& step = plan.steps[i];
    if (step.scratch_bytes == 0) continue;
    offsets.emplace_back(&step.scratch_offset, arena.add(step.scratch_bytes, i, i));
  }
  arena.plan();
  for (const auto& [offset, block] : offsets) *offset = arena.offset(block);
  plan.arena_bytes = arena.arena_bytes();
  check_memory_limit({{"the activations of " + images_text(plan.max_batch), plan.arena_bytes}},
                     memory_limit);
}

}  // namespace ockham
