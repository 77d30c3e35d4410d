#include <algorithm>
#include <vector>

#include "runtime/cpu/kernels.h"

namespace ockham::cpu {
namespace {

/// Where the elements of a flattened NCHW image lie when the image lies in NHWC.
std::vector<std::int64_t> channels_last(std::vector<std::int64_t> indices, const Shape& image) {
  const std::int64_t channels = image[1], pixels = image[2] * image[3];
  for (std::int64_t& index : indices) {
    if (index != Gather::kZero) index = index % pixels * channels + index / pixels;
  }
  return indices;
}

/// Picks out of rows of elements (vectors, or pixels in NHWC), or of rows of whole channels (NCHW).
class GatherKernel : public Kernel {
 public:
  explicit GatherKernel(const KernelContext& context)
      : table_(std::get<Gather>(computing_node(context.graph, context.step).op).indices) {
    const Node& node = computing_node(context.graph, context.step);
    const Shape& shape = context.graph.value(node.inputs[0]).shape;  // flattened, if it is
    const Shape& lying = context.graph.value(context.step.inputs[0]).shape;
    const bool is_channels_last = context.read(0).layout == Layout::kChannelsLast;
    const bool is_flattened = shape.rank() != lying.rank();
    const std::int64_t pixels = shape.elements() / shape[1];
    if (is_channels_last && is_flattened) table_ = channels_last(std::move(table_), lying);
    if (is_channels_last && !is_flattened) {
      rows_ = pixels;
    } else {
      run_ = pixels;
    }
    row_ = shape[1] * run_;
    for (std::int64_t& from : table_) {
      if (from != Gather::kZero) from *= run_;
    }
    has_zeros_ = std::ranges::find(table_, Gather::kZero) != table_.end();
  }

  Status run(const KernelArguments& arguments) noexcept override {
    const float* x = arguments.inputs[0];
    float* y = arguments.output;
    for (std::int64_t row = 0; row < arguments.batch * rows_; ++row, x += row_) {
      y = run_ == 1 && !has_zeros_ ? pick(x, y) : pick_runs(x, y);
    }
    return Status::kOk;
  }

 private:
  float* pick(const float* __restrict x, float* __restrict y) const {
    const std::int64_t* from = table_.data();
    const std::size_t count = table_.size();
    for (std::size_t k = 0; k < count; ++k) y[k] = x[from[k]];
    return y + count;
  }

  float* pick_runs(const float* x, float* y) const {
    for (const std::int64_t from : table_) {
      y = from == Gather::kZero ? std::fill_n(y, run_, 0.0f) : std::copy_n(x + from, run_, y);
    }
    return y;
  }

  std::vector<std::int64_t> table_;  ///< where each run starts in a row, or kZero
  bool has_zeros_ = false;
  std::int64_t rows_ = 1;  ///< per image
  std::int64_t row_ = 0;   ///< elements of the input in one row
  std::int64_t run_ = 1;   ///< consecutive elements picked at once
};

}  // namespace

bool gather_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Gather>(request, step);
}

std::unique_ptr<Kernel> make_gather(const KernelContext& context) {
  return std::make_unique<GatherKernel>(context);
}

}  // namespace ockham::cpu
