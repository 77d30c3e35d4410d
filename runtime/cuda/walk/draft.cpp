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

bool walk_supports(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  if (is_layer(op)) return true;
  if (std::holds_alternative<BatchNorm>(op)) return step.batch_norm < 0;
  if (std::holds_alternative<Binary>(op)) return step.batch_norm < 0 && step.residual < 0;
  const bool is_known = std::holds_alternative<Unary>(op) || std::holds_alternative<Pool2d>(op) ||
                        is_short_softmax(request, step) || only_moves(op);
  return is_known && is_one_node(step);
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

// ---- images ----

/// Channels, height and width of an activation; without pixels a row for each channel.
struct ImageExtents {
  std::int64_t channels, height, width;
};

ImageExtents extents_of(const Shape& shape) {
  if (shape.rank() == 4) return {shape[1], shape[2], shape[3]};
  return {shape[1], 1, shape.elements() / shape[1]};
}

/// Zeros around the channels of an image. Order: height, width.
struct Border {
  std::int64_t begin[2] = {}, end[2] = {};

  bool is_empty() const { return begin[0] + begin[1] + end[0] + end[1] == 0; }
  bool has(const Border& other) const {
    return begin[0] >= other.begin[0] && begin[1] >= other.begin[1] && end[0] >= other.end[0] &&
           end[1] >= other.end[1];
  }
  void grow(const Border& other) {
    for (int axis = 0; axis < 2; ++axis) {
      begin[axis] = std::max(begin[axis], other.begin[axis]);
      end[axis] = std::max(end[axis], other.end[axis]);
    }
  }
};

Border border_of(const Window2d& window) {
  return {{window.pad_begin[0], window.pad_begin[1]}, {window.pad_end[0], window.pad_end[1]}};
}

/// Whether the step can leave room around what it writes.
bool can_write_border(const Graph& graph, const PlanStep& step) {
  const Operator& op = computing_node(graph, step).op;
  if (std::holds_alternative<Pool2d>(op)) return true;
  const bool is_affine = is_layer(op) || std::holds_alternative<BatchNorm>(op);
  return is_affine && as_cut(fused_activation(graph, step));
}

/// Whether an image with this border is not too large for a walk.
bool fits_with(const Border& border, const Shape& shape) {
  if (border.is_empty()) return true;
  constexpr std::int64_t kMostElements = 1 << 16;
  std::int64_t elements = shape[1];
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t zeros = saturating_add(border.begin[axis], border.end[axis]);
    elements = saturating_multiply(elements, saturating_add(shape[axis + 2], zeros));
  }
  return elements <= kMostElements;
}

/// Of each value that padded convolutions read and that can have one.
std::vector<Border> borders_of_values(const Graph& graph, const std::vector<PlanStep>& steps) {
  std::vector<Border> borders(graph.values.size());
  const auto border = [&](ValueId id) -> Border& { return borders[static_cast<std::size_t>(id)]; };
  for (const PlanStep& step : steps) {
    const Conv2d* conv = std::get_if<Conv2d>(&computing_node(graph, step).op);
    if (conv) border(step.inputs[0]).grow(border_of(conv->window));
  }
  for (const PlanStep& step : steps) {
    if (!can_write_border(graph, step)) border(step.output) = {};
  }
  for (const ValueId id : graph.outputs) border(id) = {};
  for (std::size_t id = 0; id < borders.size(); ++id) {
    if (!fits_with(borders[id], graph.values[id].shape)) borders[id] = {};
  }
  return borders;
}

// ---- drafting ----

class Drafter {
 public:
  Drafter(const PlanRequest& request, std::vector<Border> borders)
      : graph_(request.graph), borders_(std::move(borders)), values_(graph_.values.size()) {
    add_constant({0.0f});
  }

  Draft run(const std::vector<PlanStep>& steps) {
    for (const ValueId id : graph_.inputs) add_input(id);
    for (const PlanStep& step : steps) add(step);
    for (const ValueId id : graph_.outputs) hand_out(id);
    return std::move(draft_);
  }

 private:
  void add_input(ValueId id) {
    const DraftPlace place = add_image(id);
    draft_.buffers.back().written = draft_.buffers.back().last_read = 0;
    draft_.inputs.push_back({place, shape_of(id)});
  }

  void add(const PlanStep& step) {
    std::visit(Overloaded{[&](const Conv2d& conv) { add_convolution(conv, step); },
                          [&](const Linear&) { add_linear(step); },
                          [&](const BatchNorm&) { add_batch_norm(step); },
                          [&](const Pool2d& pool) { add_pool(pool, step); },
                          [&](const auto& op) { ids(step.output) = elements_of(op, step); }},
               computing_node(graph_, step).op);
  }

  // -- layers --

  void add_convolution(const Conv2d& op, const PlanStep& step) {
    const ValueId input = step.inputs[0];
    const Border border = border_of(op.window);
    const bool is_bordered = kept_border(input).has(border);
    Shape shape = shape_of(input);
    const ElementIds x = is_bordered ? ids(input) : bordered(border, ids(input), shape);
    ElementPlanes planes = planes_of(x, extents_of(shape), op.groups == 1);
    if (is_bordered &&
        !border.is_empty()) {  // a single row does not tell how far the next would be
      const Border& kept = kept_border(input);
      planes.row = kept.begin[1] + shape[3] + kept.end[1];
    }
    // From the pixel that an image begins with to the one that the first window begins with.
    const std::int64_t corner = is_bordered ? border.begin[0] * planes.row + border.begin[1] : 0;

    const Shape& weight = shape_of(computing_node(graph_, step).inputs[1]);
    LayerDraft layer;
    for (std::int64_t group = 0; group < op.groups; ++group) {
      layer.taps.push_back(taps_of(op, weight, group, planes, corner));
    }
    layer.row_step = op.window.stride[0] * planes.row;
    layer.column_step = op.window.stride[1];
    layer.weights = layer_weights(graph_, step);
    add_layer(std::move(layer), step);
  }

  /// But for channels of zeros.
  static std::vector<LayerDraft::Tap> taps_of(const Conv2d& op, const Shape& weight,
                                              std::int64_t group, const ElementPlanes& planes,
                                              std::int64_t corner) {
    std::vector<LayerDraft::Tap> taps;
    for (std::int64_t column = 0; column < weight[1] * weight[2] * weight[3]; ++column) {
      const std::int64_t kx = column % weight[3], ky = column / weight[3] % weight[2];
      const std::int64_t channel = group * weight[1] + column / (weight[2] * weight[3]);
      const ElementId first = planes.firsts[static_cast<std::size_t>(channel)];
      if (first == kZeroElement) continue;
      const std::int64_t down = ky * op.window.dilation[0] * planes.row;
      taps.push_back({first - corner + down + kx * op.window.dilation[1], column});
    }
    return taps;
  }

  void add_linear(const PlanStep& step) {
    LayerDraft layer;
    auto& taps = layer.taps.emplace_back();
    const ElementIds& x = ids(step.inputs[0]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] != kZeroElement) taps.push_back({x[i], static_cast<std::int64_t>(i)});
    }
    layer.weights = layer_weights(graph_, step);
    add_layer(std::move(layer), step);
  }

  /// Of its own: each channel is a group.
  void add_batch_norm(const PlanStep& step) {
    const ElementIds& x = ids(step.inputs[0]);
    const ElementPlanes planes = planes_of(x, extents_of(shape_of(step.output)), false);
    LayerDraft layer;
    for (const ElementId first : planes.firsts) layer.taps.push_back({{first, 0}});
    layer.row_step = planes.row;
    layer.column_step = 1;
    const AffineMap map = affine_map(graph_, computing_node(graph_, step));
    std::ranges::transform(map.factor, std::back_inserter(layer.weights.weight), flushed);
    std::ranges::transform(map.shift, std::back_inserter(layer.weights.bias), flushed);
    add_layer(std::move(layer), step);
  }

  /// With what is fused.
  void add_layer(LayerDraft layer, const PlanStep& step) {
    const ImageExtents image = extents_of(shape_of(step.output));
    const auto groups = std::ssize(layer.taps);
    layer.extents = {.groups = groups,
                     .filters = image.channels / groups,
                     .taps = std::ssize(layer.taps[0]),
                     .pixels = image.height * image.width};
    layer.width = image.width;
    const Unary* activation = fused_activation(graph_, step);
    const std::optional<Cut> cut = as_cut(activation);
    layer.low = cut.value_or(Cut{}).low;
    layer.high = cut.value_or(Cut{}).high;
    if (step.residual >= 0) layer.residual = place_of(ids(step.inputs.back()), image);
    layer.output = add_image(step.output);

    for (const auto& taps : layer.taps) {
      for (const LayerDraft::Tap& tap : taps) read(tap.x);
    }
    if (layer.residual) read(layer.residual->first);
    draft_.steps.emplace_back(std::move(layer));
    if (!cut) add_in_place(ids(step.output), *activation);
  }

  /// Planes in memory, copied there if need be.
  ElementPlanes planes_of(const ElementIds& x, const ImageExtents& image, bool may_be_zero) {
    const auto planes = as_planes(x, image.channels, image.width);
    const bool has_zero = planes && std::ranges::count(planes->firsts, kZeroElement) > 0;
    if (planes && (may_be_zero || !has_zero)) return *planes;
    return *as_planes(add_elements({.left = x}), image.channels, image.width);
  }

  /// The same, at one distance from each other.
  DraftPlace place_of(const ElementIds& x, const ImageExtents& image) {
    ElementPlanes planes = planes_of(x, image, false);
    if (!plane_distance(planes)) {
      planes = *as_planes(add_elements({.left = x}), image.channels, image.width);
    }
    return {planes.firsts[0], planes.row, *plane_distance(planes)};
  }

  /// A copy with a border of zeros, which `shape` gets, too.
  static ElementIds bordered(const Border& border, const ElementIds& x, Shape& shape) {
    const Pad pad{.begin = {border.begin[0], border.begin[1]},
                  .end = {border.end[0], border.end[1]}};
    const Shape before = shape;
    for (int axis = 0; axis < 2; ++axis) shape[axis + 2] += border.begin[axis] + border.end[axis];
    return moved(pad, {&before, 1}, {&x, 1}, shape);
  }

  // -- all else --

  void add_pool(const Pool2d& op, const PlanStep& step) {
    const Shape &input_shape = shape_of(step.inputs[0]), &output_shape = shape_of(step.output);
    const DraftPlace input = place_of(ids(step.inputs[0]), extents_of(input_shape));
    const DraftPlace output = add_image(step.output);
    read(input.first);
    draft_.steps.emplace_back(PoolDraft{input, output, op, input_shape, output_shape});
  }

  ElementIds elements_of(const Softmax& op, const PlanStep& step) {
    const ElementId input = in_order(ids(step.inputs[0]));
    read(input);
    ElementIds output = add_buffer(shape_of(step.output).elements());
    draft_.steps.emplace_back(SoftmaxDraft{input, output[0], op, shape_of(step.output)});
    return output;
  }

  ElementIds elements_of(const Unary& op, const PlanStep& step) {
    return add_elements({.left = ids(step.inputs[0]), .unary = op});
  }

  ElementIds elements_of(const Binary& op, const PlanStep& step) {
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
    ElementIds all = add_buffer(std::ssize(elements));
    draft_.buffers.back().constant = std::move(elements);
    return all;
  }

  /// Costs nothing before somebody reads elements in another order than they have in memory.
  template <class Op>
  ElementIds elements_of(const Op& op, const PlanStep& step) {
    std::vector<Shape> shapes;
    std::vector<ElementIds> inputs;
    for (const ValueId input : step.inputs) {
      shapes.push_back(shape_of(input));
      inputs.push_back(ids(input));
    }
    ElementId fill = kZeroElement;
    if constexpr (std::is_same_v<Op, Pad>) {
      if (op.value != 0.0f) fill = add_constant({op.value})[0];
    }
    if constexpr (std::is_same_v<Op, Resize>) {
      if (op.outside != 0.0f) fill = add_constant({op.outside})[0];
    }
    return moved(op, shapes, inputs, shape_of(step.output), fill);
  }

  void hand_out(ValueId value) {
    const ElementId first = in_order(ids(value));
    draft_.outputs.push_back({first, shape_of(value).elements()});
    buffer_of(first).last_read = SIZE_MAX;
  }

  /// The first of the elements, which follow each other in memory or are copied there.
  ElementId in_order(const ElementIds& x) {
    const auto first = first_of(x);
    return first ? *first : add_elements({.left = x})[0];
  }

  ElementIds add_elements(ElementDraft elements) {
    ElementIds output = add_buffer(std::ssize(elements.left));
    elements.output = output[0];
    for (const ElementId id : elements.left) read(id);
    for (const ElementId id : elements.right) read(id);
    draft_.steps.emplace_back(std::move(elements));
    return output;
  }

  void add_in_place(const ElementIds& x, const Unary& op) {
    read(x[0]);
    draft_.steps.emplace_back(ElementDraft{.left = x, .output = x[0], .unary = op});
  }

  // -- buffers --

  /// Memory for a value that the next step writes, with its border.
  DraftPlace add_image(ValueId value) {
    const ImageExtents image = extents_of(shape_of(value));
    const Border& border = kept_border(value);
    const std::int64_t row = border.begin[1] + image.width + border.end[1];
    const std::int64_t channel = (border.begin[0] + image.height + border.end[0]) * row;
    const ElementIds all = add_buffer(image.channels * channel);
    draft_.buffers.back().has_border = !border.is_empty();
    ElementIds& own = ids(value);
    for (std::int64_t c = 0; c < image.channels; ++c) {
      for (std::int64_t y = 0; y < image.height; ++y) {
        const auto first = c * channel + (border.begin[0] + y) * row + border.begin[1];
        for (std::int64_t x = 0; x < image.width; ++x) own.push_back(all[0] + first + x);
      }
    }
    return {own[0], row, channel};
  }

  /// Memory that the next step writes.
  ElementIds add_buffer(std::int64_t elements) {
    const auto first = std::ssize(draft_.buffers) * kBufferSpacing;
    const std::size_t step = draft_.steps.size() + 1;
    draft_.buffers.push_back({.elements = elements, .written = step, .last_read = step});
    return consecutive_ids(first, elements);
  }

  /// The next step reads this element.
  void read(ElementId id) {
    std::size_t& last_read = buffer_of(id).last_read;
    last_read = std::max(last_read, draft_.steps.size() + 1);
  }

  DraftBuffer& buffer_of(ElementId id) { return draft_.buffers[buffer_index(id)]; }
  const Border& kept_border(ValueId value) const {
    return borders_[static_cast<std::size_t>(value)];
  }
  ElementIds& ids(ValueId value) { return values_[static_cast<std::size_t>(value)]; }
  const Shape& shape_of(ValueId value) const { return graph_.value(value).shape; }

  const Graph& graph_;
  std::vector<Border> borders_;     ///< of the values
  std::vector<ElementIds> values_;  ///< what they consist of
  Draft draft_;
};

}  // namespace

std::optional<Draft> make_draft(const PlanRequest& request, Borders borders) {
  const std::vector<PlanStep> steps = fuse(request, kCandidates);
  const bool knows_all = std::ranges::all_of(
      steps, [&](const PlanStep& step) { return can_run(kWalk, request, step); });
  if (!knows_all) return {};
  std::vector<Border> kept(request.graph.values.size());
  if (borders == Borders::kStay) kept = borders_of_values(request.graph, steps);
  return Drafter(request, std::move(kept)).run(steps);
}

}  // namespace ockham::cuda
