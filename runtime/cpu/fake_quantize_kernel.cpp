#include <cmath>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/graph/instruction_sets.h"

namespace ockham::cpu {
namespace {

/// What is no number becomes the least, as in the reference.
inline float quantized(float x, float scale, float zero, QuantizedRange range) {
  float q = std::nearbyint(x / scale) + zero;
  q = q > range.least ? q : range.least;
  q = q < range.most ? q : range.most;
  return (q - zero) * scale;
}

OCKHAM_FOR_EACH_ISA
void quantize_alike(const float* x, float* y, std::int64_t count, float scale, float zero,
                    QuantizedRange range) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = quantized(x[i], scale, zero, range);
}

OCKHAM_FOR_EACH_ISA
void quantize_each(const float* x, float* y, std::int64_t count, const float* scale,
                   const float* zero, QuantizedRange range) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = quantized(x[i], scale[i], zero[i], range);
}

/// Rounds each element, in any layout, as the scale of its position on the axis says.
class FakeQuantizeKernel : public Kernel {
 public:
  explicit FakeQuantizeKernel(const KernelContext& context) {
    const Node& node = computing_node(context.graph, context.step);
    const auto& op = std::get<FakeQuantize>(node.op);
    range_ = range_of(op.type);
    scale_ = context.graph.value(node.inputs[1]).constant.floats.data();
    zero_ = context.graph.value(node.inputs[2]).constant.floats.data();
    const Shape& shape = context.graph.value(context.step.output).shape;
    lines_ = lines_along(shape, op.axis, context.read(0).layout);
    if (context.graph.value(node.inputs[1]).shape[0] == 1) lines_ = {1, 1, lines_.elements()};
  }

  Status run(const KernelArguments& arguments) noexcept override {
    constexpr std::int64_t kCost = 4;  // of an element, in multiplications
    const std::int64_t extent = lines_.extent, inner = lines_.inner;
    const bool is_innermost = inner == 1;
    const std::int64_t count = is_innermost ? extent : inner;
    arguments.threads.share(arguments.batch * lines_.elements() / count, count * kCost,
                            [&](std::int64_t first, std::int64_t last, int) {
                              for (; first < last; ++first) {
                                const float* x = arguments.inputs[0] + first * count;
                                float* y = arguments.output + first * count;
                                if (is_innermost) {
                                  quantize_each(x, y, count, scale_, zero_, range_);
                                } else {
                                  quantize_alike(x, y, count, scale_[first % extent],
                                                 zero_[first % extent], range_);
                                }
                              }
                            });
    return Status::kOk;
  }

 private:
  QuantizedRange range_;
  const float* scale_;
  const float* zero_;
  Lines lines_;  ///< along the axis that scales belong to, of extent 1 where there is one scale
};

}  // namespace

bool fake_quantize_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<FakeQuantize>(request, step);
}

std::unique_ptr<Kernel> make_fake_quantize(const KernelContext& context) {
  return std::make_unique<FakeQuantizeKernel>(context);
}

}  // namespace ockham::cpu
