#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/graph/extrema.h"
#include "runtime/graph/subnormals.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cpu {
namespace {

class BatchNormKernel : public Kernel {
 public:
  explicit BatchNormKernel(const KernelContext& context)
      : relu_(fused_activation(context.graph, context.step) != nullptr) {
    const Shape& shape = context.graph.value(context.step.output).shape;
    channels_ = shape[1];
    const std::int64_t pixels = shape.elements() / channels_;
    const bool channels_last = context.read(0).layout == Layout::kChannelsLast;
    outer_ = channels_last ? pixels : 1;
    inner_ = channels_last ? 1 : pixels;
    pack(context);
  }

  Status run(const KernelArguments& arguments) noexcept override {
    if (relu_) {
      normalise(arguments, [](float y) { return at_least(y, 0.0f); });
    } else {
      normalise(arguments, [](float y) { return y; });
    }
    return Status::kOk;
  }

 private:
  void pack(const KernelContext& context) {
    const auto channels = static_cast<std::size_t>(channels_);
    packed_ = context.weights.get(
        "batch norm node " + std::to_string(context.step.node), 2 * channels * sizeof(float),
        [&](AlignedBuffer& packed) {
          const AffineMap map =
              affine_map(context.graph, computing_node(context.graph, context.step));
          std::ranges::transform(map.factor, packed.floats(), flushed);
          std::ranges::transform(map.shift, packed.floats() + channels, flushed);
        });
  }

  template <class Activation>
  void normalise(const KernelArguments& arguments, Activation activation) const {
    const float* scale = packed_->floats();
    const float* shift = scale + channels_;
    const float* x = arguments.inputs[0];
    float* y = arguments.output;
    for (std::int64_t o = 0; o < arguments.batch * outer_; ++o) {
      for (std::int64_t c = 0; c < channels_; ++c) {
        for (std::int64_t i = 0; i < inner_; ++i) *y++ = activation(*x++ * scale[c] + shift[c]);
      }
    }
  }

  bool relu_;
  std::int64_t channels_ = 0;
  std::int64_t outer_ = 0, inner_ = 0;  ///< an image is [outer, channels, inner]
  std::shared_ptr<const AlignedBuffer> packed_;
};

}  // namespace

bool batch_norm_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<BatchNorm>(computing_node(request.graph, step).op) &&
         step.batch_norm < 0 && has_relu_at_most(request.graph, step);
}

std::unique_ptr<Kernel> make_batch_norm(const KernelContext& context) {
  return std::make_unique<BatchNormKernel>(context);
}

}  // namespace ockham::cpu
