#include "runtime/cuda/walk/schedule.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "runtime/cuda/walk/draft.h"
#include "runtime/graph/cost.h"
#include "runtime/plan/memory_planner.h"

namespace ockham::cuda {
namespace {

/// Per image. A block computes about as many in the time that a kernel for each layer takes.
constexpr std::int64_t kMostMacs = 3'000'000;
/// Of all values together.
constexpr std::int64_t kMostElements = 2'000'000;
constexpr std::int64_t kWordBytes = sizeof(Word);
constexpr std::int64_t kAddressLimit = std::int64_t{1} << 16;

std::int32_t narrow(std::int64_t x) { return static_cast<std::int32_t>(x); }

/// To what loads of four words want.
std::int64_t aligned(std::int64_t words) { return (words + 3) / 4 * 4; }

Word word_of(float x) { return std::bit_cast<Word>(x); }

// ---- which networks are worth a draft ----

/// Elements of a convolution's input with its border; 0 for all else.
std::int64_t bordered_elements(const Graph& graph, const Node& node) {
  const Conv2d* conv = std::get_if<Conv2d>(&node.op);
  if (!conv) return 0;
  const Shape& shape = graph.value(node.inputs[0]).shape;
  std::int64_t elements = shape[1];
  for (int axis = 0; axis < 2; ++axis) {
    const Window2d& window = conv->window;
    const std::int64_t borders = saturating_add(window.pad_begin[axis], window.pad_end[axis]);
    elements = saturating_multiply(elements, saturating_add(shape[axis + 2], borders));
  }
  return elements;
}

/// Inputs, and what nodes read and write.
std::set<ValueId> used_values(const Graph& graph) {
  std::set<ValueId> used(graph.inputs.begin(), graph.inputs.end());
  for (const Node& node : graph.nodes) {
    used.insert(node.inputs.begin(), node.inputs.end());
    used.insert(node.outputs.begin(), node.outputs.end());
  }
  return used;
}

bool may_fit(const Graph& graph, std::int64_t words) {
  std::int64_t all = 0, constants = 0;
  const auto count = [&](std::int64_t elements) {
    all = saturating_add(all, elements);
    return elements <= words;
  };
  for (const ValueId id : used_values(graph)) {
    const Value& value = graph.value(id);
    const std::int64_t elements = value.shape.elements();
    if (value.is_constant) constants = saturating_add(constants, elements);
    if (!count(elements)) return false;
  }
  for (const Node& node : graph.nodes) {
    if (!count(bordered_elements(graph, node))) return false;
  }
  return all <= kMostElements && constants <= words;
}

// ---- placing and packing ----

class Packer {
 public:
  Packer(const Draft& draft, int threads, WalkGoal goal)
      : draft_(draft), goal_(goal), addresses_(draft.buffers.size()) {
    schedule_.threads = threads;
  }

  Schedule run() {
    place_bordered();
    place_activations();
    words().resize(sizeof(WalkStep) / sizeof(Word) * draft_.steps.size());
    place_constants();
    for (const DraftStep& step : draft_.steps) {
      std::visit([&](const auto& what) { pack(what); }, step);
    }
    for (const DraftInput& input : draft_.inputs) schedule_.inputs.push_back(packed_input(input));
    for (const DraftOutput& output : draft_.outputs) {
      schedule_.outputs.push_back({narrow(output.elements), address(output.first)});
    }
    align();
    std::ranges::copy(std::as_bytes(std::span(schedule_.steps)),
                      std::as_writable_bytes(std::span(words())).begin());
    return std::move(schedule_);
  }

 private:
  // -- places --

  /// Buffers whose borders stay have memory of their own.
  void place_bordered() {
    std::int64_t next = 0;
    for (std::size_t i = 0; i < draft_.buffers.size(); ++i) {
      if (!draft_.buffers[i].has_border) continue;
      addresses_[i] = next;
      next += draft_.buffers[i].elements;
    }
    schedule_.zeroed_words = narrow(aligned(next));
  }

  void place_activations() {
    MemoryPlanner planner;
    std::vector<std::size_t> buffers;
    for (std::size_t i = 0; i < draft_.buffers.size(); ++i) {
      const DraftBuffer& buffer = draft_.buffers[i];
      if (buffer.has_border || !buffer.constant.empty()) continue;
      const auto bytes = static_cast<std::size_t>(buffer.elements) * sizeof(Word);
      planner.add(bytes, buffer.written, buffer.last_read);
      buffers.push_back(i);
    }
    planner.plan();
    for (std::size_t block = 0; block < buffers.size(); ++block) {
      const auto words = static_cast<std::int64_t>(planner.offset(block) / sizeof(Word));
      addresses_[buffers[block]] = schedule_.zeroed_words + words;
    }
    const auto arena = static_cast<std::int64_t>(planner.arena_bytes() / sizeof(Word));
    schedule_.activation_words = narrow(schedule_.zeroed_words + arena);
  }

  void place_constants() {
    for (std::size_t i = 0; i < draft_.buffers.size(); ++i) {
      const auto& constant = draft_.buffers[i].constant;
      if (constant.empty()) continue;
      addresses_[i] = next_address();
      std::ranges::transform(constant, std::back_inserter(words()), word_of);
    }
  }

  WalkInput packed_input(const DraftInput& input) const {
    const Shape& shape = input.shape;
    const bool is_image = shape.rank() == 4;
    const std::int64_t channel = shape.elements() / shape[1];
    const std::int64_t row = is_image ? shape[3] : channel;
    const bool is_plain = input.place.row == row && input.place.channel == channel;
    return {.elements = narrow(shape.elements()),
            .is_plain = is_plain,
            .place = packed(input.place),
            .by_channel = divisor_of(channel),
            .by_row = divisor_of(row)};
  }

  // -- steps --

  void pack(const LayerDraft& layer) {
    const LayerChoice choice = choose_layer(layer.extents, schedule_.threads, goal_);
    schedule_.layer_cycles += choice.cycles;
    align();
    WalkStep& step = add_step(WalkKind::kLayer);
    step.layer = {.shape = choice.shape,
                  .records = narrow(next_address()),
                  .block_words = narrow(choice.block_words),
                  .taps = narrow(layer.extents.taps),
                  .part_bits = choice.part_bits,
                  .items = narrow(choice.items),
                  .pixels = narrow(layer.extents.pixels),
                  .pixel_groups = narrow(choice.pixel_groups),
                  .by_pixel_groups = divisor_of(choice.pixel_groups),
                  .by_width = divisor_of(layer.width),
                  .row_step = narrow(layer.row_step * kWordBytes),
                  .column_step = narrow(layer.column_step * kWordBytes),
                  .output = packed(layer.output),
                  .residual = packed(layer.residual.value_or(layer.output)),
                  .has_residual = layer.residual.has_value(),
                  .low = layer.low,
                  .high = layer.high};
    for (std::int64_t group = 0; group < layer.extents.groups; ++group) {
      for (std::int64_t block = 0; block < choice.blocks_per_group; ++block) {
        pack_block(layer, kLayerShapes[choice.shape].filters, group, block);
      }
    }
  }

  /// The records of a few filters of a group.
  void pack_block(const LayerDraft& layer, int filters, std::int64_t group, std::int64_t block) {
    const std::int64_t of_group = layer.extents.filters;
    const std::int64_t first = group * of_group + block * filters;
    const std::int64_t count = std::min<std::int64_t>(filters, (group + 1) * of_group - first);
    const auto& weights = layer.weights;
    const auto row_size = static_cast<std::int64_t>(weights.weight.size() / weights.bias.size());
    const float* biases = &weights.bias[static_cast<std::size_t>(first)];
    pack_record(biases, 1, count, filters, first + (count << 16));
    for (const LayerDraft::Tap& tap : layer.taps[static_cast<std::size_t>(group)]) {
      const float* column =
          &weights.weight[static_cast<std::size_t>(first * row_size + tap.column)];
      pack_record(column, row_size, count, filters, address(tap.x) * kWordBytes);
    }
    align();
  }

  /// `count` numbers that are `stride` apart, zeros up to `filters` of them, and one word.
  void pack_record(const float* numbers, std::int64_t stride, std::int64_t count, int filters,
                   std::int64_t last) {
    const auto end = words().size() + static_cast<std::size_t>(record_words(filters));
    for (std::int64_t i = 0; i < filters; ++i) {
      words().push_back(word_of(i < count ? numbers[i * stride] : 0.0f));
    }
    words().push_back(static_cast<Word>(last));
    words().resize(end);
  }

  void pack(const PoolDraft& pool) {
    const Shape &in = pool.input_shape, &out = pool.output_shape;
    const Window2d& window = pool.op.window;
    PoolStep step{.input = packed(pool.input), .output = packed(pool.output)};
    step.items = narrow(out.elements());
    step.by_pixels = divisor_of(out[2] * out[3]);
    step.by_width = divisor_of(out[3]);
    step.height = narrow(in[2]);
    step.width = narrow(in[3]);
    for (int axis = 0; axis < 2; ++axis) {
      step.kernel[axis] = narrow(window.kernel[axis]);
      step.stride[axis] = narrow(window.stride[axis]);
      step.pad[axis] = narrow(window.pad_begin[axis]);
    }
    step.takes_mean = pool.op.kind == PoolKind::kAverage;
    step.counts_pad = pool.op.count_include_pad;
    add_step(WalkKind::kPool).pool = step;
  }

  void pack(const ElementDraft& elements) {
    ElementStep step{.left = operand(elements.left),
                     .output = address(elements.output),
                     .items = narrow(std::ssize(elements.left))};
    if (elements.binary) {
      step.right = operand(elements.right);
      step.has_right = 1;
      step.binary = *elements.binary;
    }
    if (elements.unary) {
      step.has_unary = 1;
      step.unary = elements.unary->kind;
      step.alpha = elements.unary->alpha;
      step.beta = elements.unary->beta;
    }
    add_step(WalkKind::kElement).element = step;
  }

  void pack(const SoftmaxDraft& softmax) {
    std::int64_t inner = 1;
    for (int axis = softmax.shape.rank() - 1; axis > softmax.op.axis; --axis) {
      inner *= softmax.shape[axis];
    }
    const std::int64_t extent = softmax.shape[static_cast<int>(softmax.op.axis)];
    add_step(WalkKind::kSoftmax).softmax = {.input = address(softmax.input),
                                            .output = address(softmax.output),
                                            .items = narrow(softmax.shape.elements()),
                                            .extent = narrow(extent),
                                            .inner = narrow(inner),
                                            .by_line_block = divisor_of(extent * inner),
                                            .by_inner = divisor_of(inner),
                                            .kind = softmax.op.kind};
  }

  ElementOperand operand(const ElementIds& ids) {
    if (const auto first = first_of(ids)) return {address(*first), 1};
    const auto other = [&](ElementId id) { return id != ids[0]; };
    if (std::ranges::none_of(ids, other)) return {address(ids[0]), 0};
    const std::int32_t table = narrow(next_address());
    for (std::size_t i = 0; i < ids.size(); i += 2) {
      const std::int32_t upper = i + 1 < ids.size() ? address(ids[i + 1]) : 0;
      words().push_back(static_cast<Word>(address(ids[i])) | static_cast<Word>(upper) << 16);
    }
    return {table, ElementOperand::kTable};
  }

  // -- addresses --

  std::int32_t address(ElementId id) const {
    return narrow(addresses_[buffer_index(id)] + id % kBufferSpacing);
  }

  ImagePlace packed(const DraftPlace& place) const {
    return {address(place.first), narrow(place.row), narrow(place.channel)};
  }

  /// Of the word that is packed next.
  std::int64_t next_address() { return schedule_.activation_words + std::ssize(words()); }

  /// As loads of four words want it.
  void align() { words().resize(static_cast<std::size_t>(aligned(std::ssize(words())))); }

  WalkStep& add_step(WalkKind kind) {
    WalkStep& step = schedule_.steps.emplace_back();
    step.kind = kind;
    return step;
  }

  std::vector<Word>& words() { return schedule_.parameters; }

  const Draft& draft_;
  WalkGoal goal_;
  std::vector<std::int64_t> addresses_;  ///< of the buffers
  Schedule schedule_;
};

bool fits(const Schedule& schedule, std::size_t shared_bytes) {
  return schedule.shared_bytes() <= shared_bytes &&
         schedule.shared_bytes() < static_cast<std::size_t>(kAddressLimit) * sizeof(Word);
}

/// Of those that fit.
std::optional<Schedule> fastest(const Draft& draft, WalkGoal goal, std::size_t shared_bytes) {
  std::optional<Schedule> best;
  for (const int threads : {256, 512}) {
    Schedule schedule = Packer(draft, threads, goal).run();
    if (!fits(schedule, shared_bytes)) continue;
    if (!best || schedule.layer_cycles < best->layer_cycles) best = std::move(schedule);
  }
  return best;
}

}  // namespace

std::optional<Schedule> make_schedule(const PlanRequest& request, std::size_t shared_bytes) {
  const Graph& graph = request.graph;
  const auto words = static_cast<std::int64_t>(shared_bytes / sizeof(Word));
  if (std::max(graph.inputs.size(), graph.outputs.size()) > Schedule::kMaxPorts ||
      cost(graph).total.macs > kMostMacs || !may_fit(graph, std::min(words, kAddressLimit))) {
    return {};
  }
  for (const Borders borders : {Borders::kStay, Borders::kCopied}) {
    const std::optional<Draft> draft = make_draft(request, borders);
    if (!draft) return {};
    for (const WalkGoal goal : {WalkGoal::kSpeed, WalkGoal::kSize}) {
      if (auto schedule = fastest(*draft, goal, shared_bytes)) return schedule;
    }
  }
  return {};
}

}  // namespace ockham::cuda
