#include <algorithm>
#include <vector>

#include "runtime/cpu/kernels.h"

namespace ockham::cpu {
namespace {

/// Copies runs of each input in turn: of whole channels, or in NHWC of the channels of one pixel.
class ConcatKernel : public Kernel {
 public:
  explicit ConcatKernel(const KernelContext& context) {
    const Node& node = computing_node(context.graph, context.step);
    const Shape& output = context.graph.value(node.outputs[0]).shape;
    std::vector<int> order;  // of the axes behind the batch, as they lie in memory
    if (context.written().layout == Layout::kChannelsLast) {
      order = {2, 3, 1};
    } else {
      for (int axis = 1; axis < output.rank(); ++axis) order.push_back(axis);
    }
    const int axis = static_cast<int>(std::get<Concat>(node.op).axis);
    const auto at = std::ranges::find(order, axis);
    std::int64_t inner = 1;
    for (auto before = order.begin(); before != at; ++before) rows_ *= output[*before];
    for (auto behind = at + 1; behind != order.end(); ++behind) inner *= output[*behind];
    for (const ValueId input : node.inputs) {
      runs_.push_back(context.graph.value(input).shape[axis] * inner);
    }
  }

  Status run(const KernelArguments& arguments) noexcept override {
    float* y = arguments.output;
    for (std::int64_t row = 0; row < arguments.batch * rows_; ++row) {
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        y = std::copy_n(arguments.inputs[i] + row * runs_[i], runs_[i], y);
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
  return std::holds_alternative<Concat>(computing_node(request.graph, step).op) &&
         is_one_node(step);
}

std::unique_ptr<Kernel> make_concat(const KernelContext& context) {
  return std::make_unique<ConcatKernel>(context);
}

}  // namespace ockham::cpu
