#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/graph/extrema.h"
#include "runtime/graph/instruction_sets.h"

namespace ockham::cpu {
namespace {

OCKHAM_FOR_EACH_ISA
void raise_to(float* most, const float* x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) most[i] = maximum(x[i], most[i]);
}

/// The largest element of each window, over channels-last images. oneDNN's loses what is not a
/// number, and makes finite numbers of windows of minus infinity.
class MaxPoolKernel : public Kernel {
 public:
  explicit MaxPoolKernel(const KernelContext& context)
      : window_(std::get<Pool2d>(computing_node(context.graph, context.step).op).window),
        input_(context.graph.value(context.read(0).value).shape),
        output_(context.graph.value(context.step.output).shape) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t channels = input_[1];
    const float* image = arguments.inputs[0];
    float* y = arguments.output;
    for (std::int64_t n = 0; n < arguments.batch; ++n, image += input_.elements()) {
      for (std::int64_t row = 0; row < output_[2]; ++row) {
        const Range rows = taps(0, row, input_[2]);
        for (std::int64_t column = 0; column < output_[3]; ++column, y += channels) {
          pool(image, rows, taps(1, column, input_[3]), y);
        }
      }
    }
    return Status::kOk;
  }

 private:
  struct Range {
    std::int64_t begin, end;
  };

  /// The part of a window that lies inside the image.
  Range taps(int axis, std::int64_t position, std::int64_t extent) const {
    const std::int64_t begin = position * window_.stride[axis] - window_.pad_begin[axis];
    return {std::max<std::int64_t>(begin, 0), std::min(begin + window_.kernel[axis], extent)};
  }

  void pool(const float* image, const Range& rows, const Range& columns, float* y) const {
    const std::int64_t channels = input_[1], width = input_[3];
    std::copy_n(image + (rows.begin * width + columns.begin) * channels, channels, y);
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      for (std::int64_t column = columns.begin; column < columns.end; ++column) {
        raise_to(y, image + (row * width + column) * channels, channels);
      }
    }
  }

  Window2d window_;
  Shape input_, output_;
};

}  // namespace

bool max_pool_supports(const PlanRequest& request, const PlanStep& step) {
  const auto* op = std::get_if<Pool2d>(&computing_node(request.graph, step).op);
  return op != nullptr && op->kind == PoolKind::kMax && is_one_node(step);
}

std::unique_ptr<Kernel> make_max_pool(const KernelContext& context) {
  return std::make_unique<MaxPoolKernel>(context);
}

}  // namespace ockham::cpu
