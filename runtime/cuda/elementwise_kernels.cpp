#include <vector>

#include "runtime/cuda/elementwise.h"
#include "runtime/cuda/kernels.h"
#include "runtime/cuda/move_tables.h"
#include "runtime/cuda/positions.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cuda {
namespace {

Elements elements_of(const KernelContext& context, const Placement& placement) {
  Elements found{.type = placement.type,
                 .elements = placement.elements,
                 .stored = placement.elements,
                 .channels = placement.elements};
  if (placement.layout == Layout::kChannelsLast) {
    found.channels = context.shape(placement)[1];
    found.stored = context.request.channels_last.channels(found.channels);
  }
  return found;
}

class UnaryKernel : public Kernel {
 public:
  explicit UnaryKernel(const KernelContext& context)
      : function_(activation_of(std::get<Unary>(computing_node(context.graph(), context.step).op))),
        elements_(elements_of(context, context.written())) {}

  void enqueue(const Launch& launch) override {
    apply_unary(function_, elements_, launch.inputs[0], launch.output, launch.batch, launch.stream);
  }

 private:
  Activation function_;
  Elements elements_;
};

/// One operand of a Binary: an activation or a constant, with a table where its positions are not
/// those of the result.
class OperandSource {
 public:
  OperandSource(const KernelContext& context, std::size_t input, std::size_t& activations) {
    const Node& node = computing_node(context.graph(), context.step);
    const Value& value = context.graph().value(node.inputs[input]);
    if (value.is_constant) {
      const auto floats = value.constant.floats;
      constant_ = DeviceBuffer(floats.data(), floats.size_bytes());
      operand_.data = constant_.data();
      add_table(context, value.shape, {.elements = value.shape.elements()});
      return;
    }
    read_ = static_cast<int>(activations);
    const Placement& placement = context.read(activations++);
    operand_.type = placement.type;
    operand_.image = placement.elements;
    const Placement& written = context.written();
    if (value.shape == context.shape(written) && placement.layout == written.layout) return;
    add_table(context, value.shape, placement);
  }

  Operand operand(const Launch& launch) const {
    Operand ready = operand_;
    if (read_ >= 0) ready.data = launch.inputs[static_cast<std::size_t>(read_)];
    return ready;
  }

 private:
  void add_table(const KernelContext& context, const Shape& shape, const Placement& placement) {
    const Stored result{context.shape(context.written()), context.written()};
    const std::vector<std::int32_t> table = operand_table({shape, placement}, result);
    table_ = DeviceBuffer(table.data(), table.size() * sizeof(std::int32_t));
    operand_.table = table_.as<std::int32_t>();
  }

  DeviceBuffer constant_, table_;
  int read_ = -1;  ///< which of the step's activations; -1: a constant
  Operand operand_;
};

class BinaryKernel : public Kernel {
 public:
  explicit BinaryKernel(const KernelContext& context)
      : kind_(std::get<Binary>(computing_node(context.graph(), context.step).op).kind),
        behind_(activation_of(context.graph(), context.step)),
        result_(elements_of(context, context.written())),
        a_(context, 0, activations_),
        b_(context, 1, activations_) {}

  void enqueue(const Launch& launch) override {
    apply_binary(kind_, behind_, result_, a_.operand(launch), b_.operand(launch), launch.output,
                 launch.batch, launch.stream);
  }

 private:
  BinaryKind kind_;
  Activation behind_;
  Elements result_;
  std::size_t activations_ = 0;  ///< of the operands so far
  OperandSource a_, b_;
};

class BatchNormKernel : public Kernel {
 public:
  explicit BatchNormKernel(const KernelContext& context)
      : behind_(activation_of(context.graph(), context.step)),
        elements_(elements_of(context, context.written())) {
    const AffineMap map =
        affine_map(context.graph(), computing_node(context.graph(), context.step));
    const std::vector<float> factor(map.factor.begin(), map.factor.end());
    const std::vector<float> shift(map.shift.begin(), map.shift.end());
    factor_ = DeviceBuffer(factor.data(), factor.size() * sizeof(float));
    shift_ = DeviceBuffer(shift.data(), shift.size() * sizeof(float));
    const Shape& shape = context.shape(context.written());
    const std::int64_t pixels = shape.elements() / shape[1];
    std::vector<std::int32_t> channel_of = elements_at(shape, context.written());
    for (std::int32_t& entry : channel_of) {
      if (entry != kPadding) entry = static_cast<std::int32_t>(entry / pixels);
    }
    channel_of_ = DeviceBuffer(channel_of.data(), channel_of.size() * sizeof(std::int32_t));
  }

  void enqueue(const Launch& launch) override {
    apply_affine(behind_, elements_, factor_.as<float>(), shift_.as<float>(),
                 channel_of_.as<std::int32_t>(), launch.inputs[0], launch.output, launch.batch,
                 launch.stream);
  }

 private:
  Activation behind_;
  Elements elements_;
  DeviceBuffer factor_, shift_, channel_of_;
};

template <class Op>
bool computes(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Op>(computing_node(request.graph, step).op) && step.batch_norm < 0;
}

}  // namespace

bool unary_supports(const PlanRequest& request, const PlanStep& step) {
  return computes<Unary>(request, step) && step.activation < 0;
}

std::unique_ptr<Kernel> make_unary(const KernelContext& context) {
  return std::make_unique<UnaryKernel>(context);
}

bool binary_supports(const PlanRequest& request, const PlanStep& step) {
  return computes<Binary>(request, step);
}

std::unique_ptr<Kernel> make_binary(const KernelContext& context) {
  return std::make_unique<BinaryKernel>(context);
}

bool batch_norm_supports(const PlanRequest& request, const PlanStep& step) {
  return computes<BatchNorm>(request, step);
}

std::unique_ptr<Kernel> make_batch_norm(const KernelContext& context) {
  return std::make_unique<BatchNormKernel>(context);
}

}  // namespace ockham::cuda
