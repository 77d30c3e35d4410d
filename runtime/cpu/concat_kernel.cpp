#include <vector>

#include "runtime/cpu/copy_run.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"

namespace ockham::cpu {
namespace {

/// Copies runs of each input in turn: of whole channels, or in NHWC of the channels of one pixel.
class ConcatKernel : public Kernel {
 public:
  explicit ConcatKernel(const KernelContext& context) {
    const Node& node = computing_node(context.graph, context.step);
    const auto axis = static_cast<int>(std::get<Concat>(node.op).axis);
    const Lines lines =
        lines_along(context.graph.value(node.outputs[0]).shape, axis, context.written().layout);
    rows_ = lines.outer;
    for (const ValueId input : node.inputs) {
      runs_.push_back(context.graph.value(input).shape[axis] * lines.inner);
    }
  }

  Status run(const KernelArguments& arguments) noexcept override {
    float* y = arguments.output;
    for (std::int64_t row = 0; row < arguments.batch * rows_; ++row) {
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        y = copy_run(arguments.inputs[i] + row * runs_[i], runs_[i], y);
      }
    }
    return Status::kOk;
  }

 private:
  std::int64_t rows_ = 1;           ///< per image
  std::vector<std::int64_t> runs_;  ///< consecutive elements of each input
};

}  // namespace

bool concat_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Concat>(request, step);
}

std::unique_ptr<Kernel> make_concat(const KernelContext& context) {
  return std::make_unique<ConcatKernel>(context);
}

}  // namespace ockham::cpu
