// Operators that only move elements, and reorders: one table says where each comes from.
#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/move_elements.h"
#include "runtime/cuda/positions.h"
#include "runtime/reference/reference.h"

namespace ockham::cuda {
namespace {

/// An operator that moves elements, with zeros for what it puts between them, and that filling.
struct Move {
  Operator op;
  float filling = 0.0f;
};

Move without_filling(const Operator& op) {
  Move move{op};
  if (auto* pad = std::get_if<Pad>(&move.op)) move.filling = std::exchange(pad->value, 0.0f);
  if (auto* resize = std::get_if<Resize>(&move.op)) {
    move.filling = std::exchange(resize->outside, 0.0f);
  }
  return move;
}

/// For each element of the output, in the graph's order, the element of all inputs, counted one
/// input behind the other, that goes there; -1 for the filling. Found by moving the numbers of the
/// elements.
std::vector<std::int64_t> sources(const Operator& op, const std::vector<Shape>& shapes,
                                  const Shape& output) {
  std::vector<std::vector<double>> numbers;
  std::vector<const double*> inputs;
  inputs.reserve(shapes.size());
  double next = 1.0;
  for (const Shape& shape : shapes) {
    auto& own = numbers.emplace_back(static_cast<std::size_t>(shape.elements()));
    for (double& number : own) number = next++;
  }
  for (const auto& own : numbers) inputs.push_back(own.data());
  std::vector<double> moved(static_cast<std::size_t>(output.elements()));
  reference::run_operator<double>(op, shapes, inputs, output, moved.data());
  std::vector<std::int64_t> found;
  found.reserve(moved.size());
  for (const double number : moved) found.push_back(static_cast<std::int64_t>(number) - 1);
  return found;
}

class MoveKernel : public Kernel {
 public:
  explicit MoveKernel(const KernelContext& context) : to_(side(context.written())) {
    const Move move = context.step.node < 0
                          ? Move{Flatten{}}
                          : without_filling(computing_node(context.graph(), context.step).op);
    filling_ = move.filling;
    const Shape& logical = context.shape(context.written());
    const std::vector<Shape> shapes = one_image_each(context);
    std::vector<std::int64_t> from =
        sources(move.op, shapes, context.step.node < 0 ? flat(shapes[0]) : logical.with_batch(1));
    const std::vector<std::int32_t> at = elements_at(logical, context.written());
    std::int64_t first = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      from_.push_back(side(context.read(i)));
      tables_.push_back(upload(context, table(context, i, first, from, at)));
      first += shapes[i].elements();
    }
  }

  bool touches_once() const override { return true; }

  void enqueue(const Launch& launch) override {
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      move_elements({.from = launch.inputs[i],
                     .from_side = from_[i],
                     .to = launch.output,
                     .to_side = to_,
                     .table = tables_[i].as<std::int32_t>(),
                     .filling = filling_,
                     .batch = launch.batch},
                    launch.stream);
    }
  }

 private:
  static MovedSide side(const Placement& placement) { return {placement.type, placement.elements}; }

  static Shape flat(const Shape& shape) { return {1, shape.elements()}; }

  /// The inputs' shapes for one image: those of the graph, also where a flatten is only a name.
  static std::vector<Shape> one_image_each(const KernelContext& context) {
    std::vector<Shape> shapes;
    if (context.step.node < 0) return {context.shape(context.read(0)).with_batch(1)};
    for (const ValueId input : computing_node(context.graph(), context.step).inputs) {
      shapes.push_back(context.graph().value(input).shape.with_batch(1));
    }
    return shapes;
  }

  /// For each position of the output in memory, the position in input `i` that goes there, or what
  /// move_elements has for others. `first` is the number of the input's first element.
  std::vector<std::int32_t> table(const KernelContext& context, std::size_t i, std::int64_t first,
                                  const std::vector<std::int64_t>& from,
                                  const std::vector<std::int32_t>& at) const {
    const Shape& shape = context.shape(context.read(i));
    const std::vector<std::int32_t> places = positions(shape, context.read(i));
    std::vector<std::int32_t> found(at.size());
    for (std::size_t k = 0; k < at.size(); ++k) {
      const bool is_first = i == 0;
      if (at[k] == kPadding) {
        found[k] = is_first ? kMovedZero : kNotMoved;
        continue;
      }
      const std::int64_t source = from[static_cast<std::size_t>(at[k])];
      const std::int64_t own = source - first;
      if (source < 0) {
        found[k] = is_first ? kMovedFilling : kNotMoved;
      } else if (own < 0 || own >= static_cast<std::int64_t>(places.size())) {
        found[k] = kNotMoved;
      } else {
        found[k] = places[static_cast<std::size_t>(own)];
      }
    }
    return found;
  }

  static DeviceBuffer upload(const KernelContext&, const std::vector<std::int32_t>& table) {
    return {table.data(), table.size() * sizeof(std::int32_t)};
  }

  MovedSide to_;
  std::vector<MovedSide> from_;
  std::vector<DeviceBuffer> tables_;  ///< of each input
  float filling_ = 0.0f;
};

bool is_move(const Operator& op) {
  const auto* resize = std::get_if<Resize>(&op);
  if (resize != nullptr) return resize->kind == ResizeKind::kNearest;
  return std::holds_alternative<Flatten>(op) || std::holds_alternative<Reshape>(op) ||
         std::holds_alternative<Gather>(op) || std::holds_alternative<Concat>(op) ||
         std::holds_alternative<SpatialGather>(op) || std::holds_alternative<Pad>(op) ||
         std::holds_alternative<Transpose>(op) || std::holds_alternative<DepthToSpace>(op);
}

/// Positions are counted in 32 bits.
bool is_small_enough(const PlanRequest& request, ValueId value) {
  return request.channels_last.elements(request.graph.value(value).shape) < (1 << 30);
}

}  // namespace

bool move_supports(const PlanRequest& request, const PlanStep& step) {
  const Node& node = computing_node(request.graph, step);
  const auto fits = [&](ValueId value) {
    return !request.graph.value(value).is_constant && is_small_enough(request, value);
  };
  return is_one_node(step) && is_move(node.op) && std::ranges::all_of(node.inputs, fits) &&
         fits(node.outputs[0]);
}

std::unique_ptr<Kernel> make_move(const KernelContext& context) {
  return std::make_unique<MoveKernel>(context);
}

}  // namespace ockham::cuda
