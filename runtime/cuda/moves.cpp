// Operators that only move elements, and reorders: one table says where each comes from.
#include <algorithm>
#include <vector>

#include "runtime/cuda/element_ids.h"
#include "runtime/cuda/kernels.h"
#include "runtime/cuda/move_elements.h"
#include "runtime/cuda/move_tables.h"

namespace ockham::cuda {
namespace {

class MoveKernel : public Kernel {
 public:
  explicit MoveKernel(const KernelContext& context) : to_(side(context.written())) {
    std::vector<Stored> inputs;
    for (std::size_t i = 0; i < context.step.reads.size(); ++i) {
      from_.push_back(side(context.read(i)));
      inputs.push_back({context.shape(context.read(i)), context.read(i)});
    }
    const Stored output{context.shape(context.written()), context.written()};
    if (context.step.node < 0) {
      // A reorder keeps the elements of the one it reads; nothing is filled.
      const Shape shapes[] = {output.shape};
      upload(move_tables(Reshape{.inner = inner_extents(output.shape)}, shapes, inputs, output));
      return;
    }
    const Node& node = computing_node(context.graph(), context.step);
    std::vector<Shape> shapes;
    for (const ValueId input : node.inputs) shapes.push_back(context.graph().value(input).shape);
    filling_ = filling_of(node.op);
    upload(move_tables(node.op, shapes, inputs, output));
  }

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

  bool touches_once() const override { return true; }

 private:
  static MovedSide side(const Placement& placement) { return {placement.type, placement.elements}; }

  static std::vector<std::int64_t> inner_extents(const Shape& shape) {
    return {shape.dims().begin() + 1, shape.dims().end()};
  }

  void upload(const std::vector<std::vector<std::int32_t>>& tables) {
    for (const std::vector<std::int32_t>& table : tables) {
      tables_.emplace_back(table.data(), table.size() * sizeof(std::int32_t));
    }
  }

  MovedSide to_;
  std::vector<MovedSide> from_;
  std::vector<DeviceBuffer> tables_;  ///< of each input
  float filling_ = 0.0f;
};

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
  return is_one_node(step) && only_moves(node.op) && std::ranges::all_of(node.inputs, fits) &&
         fits(node.outputs[0]);
}

std::unique_ptr<Kernel> make_move(const KernelContext& context) {
  return std::make_unique<MoveKernel>(context);
}

}  // namespace ockham::cuda
