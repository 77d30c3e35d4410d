// Operators that do nothing but bring all elements into another order.
#include <vector>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/cpu/strided_copy.h"

namespace ockham::cpu {
namespace {

using Axes = std::vector<StridedCopy::Axis>;

class StridedCopyKernel : public Kernel {
 public:
  explicit StridedCopyKernel(const Axes& axes) : copy_(axes) {}

  Status run(const KernelArguments& arguments) noexcept override {
    copy_.run(arguments.threads, arguments.batch, arguments.inputs[0], arguments.output);
    return Status::kOk;
  }

 private:
  StridedCopy copy_;
};

const Shape& input_shape(const KernelContext& context) {
  return context.graph.value(context.read(0).value).shape;
}

/// Of the input's axes.
std::vector<std::int64_t> input_strides(const KernelContext& context) {
  return memory_strides(input_shape(context), context.read(0).layout);
}

Axes reordered_axes(const KernelContext& context, Layout to) {
  const Shape& shape = input_shape(context);
  const std::vector<std::int64_t> strides = input_strides(context);
  Axes axes;
  for (const int axis : memory_axes(shape.rank(), to)) {
    axes.push_back({shape[axis], strides[static_cast<std::size_t>(axis)]});
  }
  return axes;
}

Axes transposed_axes(const KernelContext& context) {
  const auto& op = std::get<Transpose>(computing_node(context.graph, context.step).op);
  const Shape& shape = input_shape(context);
  const std::vector<std::int64_t> strides = input_strides(context);
  Axes axes;
  for (std::size_t i = 1; i < op.order.size(); ++i) {
    axes.push_back(
        {shape[static_cast<int>(op.order[i])], strides[static_cast<std::size_t>(op.order[i])]});
  }
  return axes;
}

Axes depth_to_space_axes(const KernelContext& context) {
  const auto& op = std::get<DepthToSpace>(computing_node(context.graph, context.step).op);
  const Shape& shape = input_shape(context);
  const std::vector<std::int64_t> strides = input_strides(context);
  const std::int64_t channel = strides[1], block = op.block[0] * op.block[1];
  const Axes of_output[] = {{{shape[1] / block, block * channel}},
                            {{shape[2], strides[2]}, {op.block[0], op.block[1] * channel}},
                            {{shape[3], strides[3]}, {op.block[1], channel}}};
  Axes axes;
  for (const int axis : memory_axes(shape.rank(), context.written().layout)) {
    const Axes& parts = of_output[axis - 1];
    axes.insert(axes.end(), parts.begin(), parts.end());
  }
  return axes;
}

}  // namespace

bool reorder_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Flatten>(request, step) || is_alone<Reshape>(request, step);
}

std::unique_ptr<Kernel> make_reorder(const KernelContext& context) {
  return std::make_unique<StridedCopyKernel>(reordered_axes(context, context.written().layout));
}

bool transpose_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Transpose>(request, step);
}

std::unique_ptr<Kernel> make_transpose(const KernelContext& context) {
  return std::make_unique<StridedCopyKernel>(transposed_axes(context));
}

bool depth_to_space_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<DepthToSpace>(request, step);
}

std::unique_ptr<Kernel> make_depth_to_space(const KernelContext& context) {
  return std::make_unique<StridedCopyKernel>(depth_to_space_axes(context));
}

}  // namespace ockham::cpu
