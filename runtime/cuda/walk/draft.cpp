#include "runtime/cuda/walk/draft.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "runtime/graph/subnormals.h"
#include "runtime/plan/fuse.h"

namespace ockham::cuda {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// ---- what walks know ----

/// Each thread looks at the whole axis of a softmax.
constexpr std::int64_t kMostSoftmaxExtent = 128;

bool is_short_softmax(const PlanRequest& request, const PlanStep& step) {
  const Softmax* softmax = std::get_if<Softmax>(&computing_node(request.graph, step).op);
  const Shape& shape = request.graph.value(step.output).shape;
  return softmax && shape[static_cast<int>(softmax->axis)] <= kMostSoftmaxExtent;
}

bool has_nothing_fused(const PlanStep& step) {
  return step.batch_norm < 0 && step.residual < 0 && step.activation < 0;
}

bool walk_supports(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  if (is_layer(op)) return true;
  if (std::holds_alternative<BatchNorm>(op)) return step.batch_norm < 0;
  if (std::holds_alternative<Binary>(op)) return step.batch_norm < 0 && step.residual < 0;
  const bool is_known = std::holds_alternative<Unary>(op) || std::holds_alternative<Pool2d>(op) ||
                        is_short_softmax(request, step) || only_moves(op);
  return is_known && has_nothing_fused(step);
}

constexpr Candidate kWalk = {.name = "walk",
                             .reason = "all layers in one kernel",
                             .layout = LayoutRule::kRowMajor,
                             .supports = walk_supports,
                             .takes_residual = true};
constexpr const Candidate* kCandidates[] = {&kWalk};

/// The numbers that an activation cuts to, where it does just that.
struct Cut {
  float low = -kInfinity, high = kInfinity;
};

std::optional<Cut> as_cut(const Unary* op) {
  if (!op) return Cut{};
  if (op->kind == UnaryKind::kRelu) return Cut{.low = 0.0f};
  if (op->kind == UnaryKind::kClip) return Cut{op->alpha, op->beta};
  return {};
}

bool pads(const Window2d& window) {
  return window.pad_begin[0] + window.pad_begin[1] + window.pad_end[0] + window.pad_end[1] > 0;
}

// ---- drafting ----

class Drafter {
 public:
  explicit Drafter(const PlanRequest& request)
      : graph_(request.graph), values_(request.graph.values.size()) {
    add_buffer(1).constant = {0.0f};
  }

  Draft run(const std::vector<PlanStep>& steps) {
    for (const ValueId id : graph_.inputs) {
      draft_.inputs.push_back(draft_.buffers.size());
      const DraftBuffer& buffer = add_buffer(graph_.value(id).shape.elements());
      ids(id) = consecutive_ids(buffer.first, buffer.elements);
    }
    for (const PlanStep& step : steps) add(step);
    for (const ValueId id : graph_.outputs) hand_out(id);
    return std::move(draft_);
  }

 private:
  void add(const PlanStep& step) {
    const Operator& op = computing_node(graph_, step).op;
    ids(step.output) = std::visit(
        Overloaded{[&](const Conv2d& conv) { return convolution(conv, step); },
                   [&](const Linear&) { return linear(step); },
                   [&](const BatchNorm&) { return batch_norm(step); },
                   [&](const Unary& unary) { return add_unary(ids(step.inputs[0]), unary); },
                   [&](const Binary& binary) { return add_binary(binary, step); },
                   [&](const Pool2d& pool) { return add_pool(pool, step); },
                   [&](const Softmax& softmax) { return add_softmax(softmax, step); },
                   [&](const auto&) { return move(op, step); }},
        op);
  }

  // -- layers --

  ElementIds convolution(const Conv2d& op, const PlanStep& step) {
    Shape shape = shape_of(step.inputs[0]);
    ElementIds x = ids(step.inputs[0]);
    if (pads(op.window)) x = padded(op.window, x, shape);
    const std::int64_t width = shape[3];
    LayerDraft layer;
    const Shape& weight = shape_of(computing_node(graph_, step).inputs[1]);
    const auto firsts = planes(x, shape[1], op.groups == 1);
    for (std::int64_t group = 0; group < op.groups; ++group) {
      auto& taps = layer.taps.emplace_back();
      for (std::int64_t i = 0; i < weight[1] * weight[2] * weight[3]; ++i) {
        const std::int64_t kx = i % weight[3], ky = i / weight[3] % weight[2];
        const std::int64_t channel = group * weight[1] + i / (weight[2] * weight[3]);
        const ElementId first = firsts[static_cast<std::size_t>(channel)];
        if (first == kZeroElement) continue;
        const std::int64_t down = ky * op.window.dilation[0] * width;
        taps.push_back({first + down + kx * op.window.dilation[1], i});
      }
    }
    const Shape& output = shape_of(step.output);
    layer.extents.pixels = output[2] * output[3];
    layer.width = output[3];
    layer.row_step = op.window.stride[0] * width;
    layer.column_step = op.window.stride[1];
    layer.weights = layer_weights(graph_, step);
    return add_layer(std::move(layer), step);
  }

  ElementIds linear(const PlanStep& step) {
    LayerDraft layer;
    auto& taps = layer.taps.emplace_back();
    const ElementIds& x = ids(step.inputs[0]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] != kZeroElement) taps.push_back({x[i], static_cast<std::int64_t>(i)});
    }
    layer.weights = layer_weights(graph_, step);
    return add_layer(std::move(layer), step);
  }

  /// Of its own: each channel is a group.
  ElementIds batch_norm(const PlanStep& step) {
    const Shape& shape = shape_of(step.output);
    LayerDraft layer;
    for (const ElementId first : planes(ids(step.inputs[0]), shape[1], false)) {
      layer.taps.push_back({{first, 0}});
    }
    layer.extents.pixels = shape.elements() / shape[1];
    layer.width = layer.extents.pixels;
    layer.column_step = 1;
    const AffineMap map = affine_map(graph_, computing_node(graph_, step));
    std::ranges::transform(map.factor, std::back_inserter(layer.weights.weight), flushed);
    std::ranges::transform(map.shift, std::back_inserter(layer.weights.bias), flushed);
    return add_layer(std::move(layer), step);
  }

  /// With what is fused.
  ElementIds add_layer(LayerDraft layer, const PlanStep& step) {
    layer.extents.groups = std::ssize(layer.taps);
    layer.extents.filters = std::ssize(layer.weights.bias) / layer.extents.groups;
    layer.extents.taps = std::ssize(layer.taps[0]);
    if (step.residual >= 0) layer.residual = in_order(ids(step.inputs.back()));
    const Unary* activation = fused_activation(graph_, step);
    const std::optional<Cut> cut = as_cut(activation);
    layer.low = cut.value_or(Cut{}).low;
    layer.high = cut.value_or(Cut{}).high;

    for (const auto& taps : layer.taps) {
      for (const LayerDraft::Tap& tap : taps) read(tap.x);
    }
    if (layer.residual != kZeroElement) read(layer.residual);
    ElementIds output = add_step(std::move(layer), shape_of(step.output).elements());
    return cut ? output : add_in_place(std::move(output), *activation);
  }

  /// First elements of the channels, in order in memory.
  ElementIds planes(const ElementIds& x, std::int64_t count, bool may_be_zero) {
    const auto firsts = first_of_planes(x, count);
    const bool has_zero = firsts && std::ranges::count(*firsts, kZeroElement) > 0;
    if (firsts && (may_be_zero || !has_zero)) return *firsts;
    return *first_of_planes(add_elements({.left = x}), count);
  }

  /// With the convolution's border of zeros, which `shape` gets, too.
  ElementIds padded(const Window2d& window, const ElementIds& x, Shape& shape) {
    const Pad pad{.begin = {window.pad_begin[0], window.pad_begin[1]},
                  .end = {window.pad_end[0], window.pad_end[1]}};
    const Shape before = shape;
    for (int axis = 0; axis < 2; ++axis) {
      shape[axis + 2] += window.pad_begin[axis] + window.pad_end[axis];
    }
    return moved(pad, {&before, 1}, {&x, 1}, shape);
  }

  // -- all else --

  ElementIds add_pool(const Pool2d& op, const PlanStep& step) {
    const ElementId input = in_order(ids(step.inputs[0]));
    read(input);
    return add_step(PoolDraft{input, op, shape_of(step.inputs[0]), shape_of(step.output)},
                    shape_of(step.output).elements());
  }

  ElementIds add_softmax(const Softmax& op, const PlanStep& step) {
    const ElementId input = in_order(ids(step.inputs[0]));
    read(input);
    return add_step(SoftmaxDraft{input, op, shape_of(step.output)},
                    shape_of(step.output).elements());
  }

  ElementIds add_unary(const ElementIds& x, const Unary& op) {
    return add_elements({.left = x, .unary = op});
  }

  ElementIds add_binary(const Binary& op, const PlanStep& step) {
    const Node& node = computing_node(graph_, step);
    const Unary* activation = fused_activation(graph_, step);
    ElementDraft elements{.left = operand(node.inputs[0], shape_of(step.output)),
                          .right = operand(node.inputs[1], shape_of(step.output)),
                          .binary = op.kind};
    if (activation) elements.unary = *activation;
    return add_elements(std::move(elements));
  }

  /// An element for each of the output's.
  ElementIds operand(ValueId value, const Shape& output_shape) {
    const ElementIds own = graph_.value(value).is_constant ? constant(value) : ids(value);
    return shape_of(value) == output_shape ? own : repeated(own, shape_of(value), output_shape);
  }

  ElementIds constant(ValueId value) {
    const auto floats = graph_.value(value).constant.floats;
    return add_constant({floats.begin(), floats.end()});
  }

  ElementIds add_constant(std::vector<float> elements) {
    DraftBuffer& buffer = add_buffer(std::ssize(elements));
    buffer.constant = std::move(elements);
    return consecutive_ids(buffer.first, buffer.elements);
  }

  /// Costs nothing before somebody reads elements in another order than they have in memory.
  ElementIds move(const Operator& op, const PlanStep& step) {
    std::vector<Shape> shapes;
    std::vector<ElementIds> inputs;
    for (const ValueId input : step.inputs) {
      shapes.push_back(shape_of(input));
      inputs.push_back(ids(input));
    }
    const Pad* pad = std::get_if<Pad>(&op);
    const ElementId fill = pad && pad->value != 0.0f ? add_constant({pad->value})[0] : kZeroElement;
    return moved(op, shapes, inputs, shape_of(step.output), fill);
  }

  void hand_out(ValueId value) {
    const ElementId first = in_order(ids(value));
    draft_.outputs.push_back(first);
    draft_.output_elements.push_back(graph_.value(value).shape.elements());
    draft_.buffer_of(first).last_read = SIZE_MAX;
  }

  /// The first of the elements, which follow each other in memory or are brought there.
  ElementId in_order(const ElementIds& x) {
    const auto first = first_of(x);
    return first ? *first : add_elements({.left = x})[0];
  }

  ElementIds add_elements(ElementDraft elements) {
    for (const ElementId id : elements.left) read(id);
    for (const ElementId id : elements.right) read(id);
    const std::int64_t count = std::ssize(elements.left);
    return add_step(std::move(elements), count);
  }

  ElementIds add_in_place(ElementIds x, const Unary& op) {
    const std::size_t output = draft_.steps.back().output;
    read(x[0]);
    draft_.steps.push_back({ElementDraft{.left = x, .unary = op}, output});
    return x;
  }

  template <class Step>
  ElementIds add_step(Step step, std::int64_t elements) {
    draft_.steps.push_back({std::move(step), draft_.buffers.size()});
    DraftBuffer& buffer = add_buffer(elements);
    buffer.written = buffer.last_read = draft_.steps.size();
    return consecutive_ids(buffer.first, buffer.elements);
  }

  /// The step that is added next reads this element.
  void read(ElementId id) {
    DraftBuffer& buffer = draft_.buffer_of(id);
    buffer.last_read = std::max(buffer.last_read, draft_.steps.size() + 1);
  }

  DraftBuffer& add_buffer(std::int64_t elements) {
    // A number is left out, so that buffers do not follow each other.
    const ElementId first = draft_.buffers.empty()
                                ? 0
                                : draft_.buffers.back().first + draft_.buffers.back().elements + 1;
    return draft_.buffers.emplace_back(DraftBuffer{.first = first, .elements = elements});
  }

  ElementIds& ids(ValueId value) { return values_[static_cast<std::size_t>(value)]; }
  const Shape& shape_of(ValueId value) const { return graph_.value(value).shape; }

  const Graph& graph_;
  std::vector<ElementIds> values_;
  Draft draft_;
};

}  // namespace

const DraftBuffer& Draft::buffer_of(ElementId id) const {
  return *std::prev(std::ranges::upper_bound(buffers, id, {}, &DraftBuffer::first));
}

DraftBuffer& Draft::buffer_of(ElementId id) {
  return const_cast<DraftBuffer&>(std::as_const(*this).buffer_of(id));
}

std::optional<Draft> make_draft(const PlanRequest& request) {
  const std::vector<PlanStep> steps = fuse(request, kCandidates);
  const bool knows_all = std::ranges::all_of(
      steps, [&](const PlanStep& step) { return can_run(kWalk, request, step); });
  if (!knows_all) return {};
  return Drafter(request).run(steps);
}

}  // namespace ockham::cuda
