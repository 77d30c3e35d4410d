#include <algorithm>
#include <vector>

#include "runtime/cpu/copy_run.h"
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
    set_runs();
    has_zeros_ = std::ranges::find(table_, Gather::kZero) != table_.end();
  }

  Status run(const KernelArguments& arguments) noexcept override {
    const float* x = arguments.inputs[0];
    float* y = arguments.output;
    for (std::int64_t row = 0; row < arguments.batch * rows_; ++row, x += row_) {
      y = picks_elements() ? pick(x, y) : pick_runs(x, y);
    }
    return Status::kOk;
  }

 private:
  /// Consecutive elements of a row, or of zeros.
  struct Run {
    std::int64_t from, count;  ///< from kZero: zeros
  };

  /// Neighbours in both input and output are one run, and so are channels of zeros.
  void set_runs() {
    for (const std::int64_t index : table_) {
      const bool is_zero = index == Gather::kZero;
      const std::int64_t from = is_zero ? index : index * run_;
      const bool follows = !runs_.empty() && (runs_.back().from == Gather::kZero) == is_zero &&
                           (is_zero || runs_.back().from + runs_.back().count == from);
      if (follows) {
        runs_.back().count += run_;
      } else {
        runs_.push_back({from, run_});
      }
    }
  }

  /// Whether runs are too short to be worth a loop each.
  bool picks_elements() const {
    constexpr std::size_t kWorthwhile = 8;
    return run_ == 1 && !has_zeros_ && runs_.size() * kWorthwhile > table_.size();
  }

  float* pick(const float* __restrict x, float* __restrict y) const {
    const std::int64_t* from = table_.data();
    const std::size_t count = table_.size();
    for (std::size_t k = 0; k < count; ++k) y[k] = x[from[k]];
    return y + count;
  }

  float* pick_runs(const float* x, float* y) const {
    for (const Run& run : runs_) {
      y = run.from == Gather::kZero ? std::fill_n(y, run.count, 0.0f)
                                    : copy_run(x + run.from, run.count, y);
    }
    return y;
  }

  std::vector<std::int64_t> table_;  ///< which element or channel of a row each is, or kZero
  std::vector<Run> runs_;
  bool has_zeros_ = false;
  std::int64_t rows_ = 1;  ///< per image
  std::int64_t row_ = 0;   ///< elements of the input in one row
  std::int64_t run_ = 1;   ///< elements of a channel that lie side by side
};

}  // namespace

bool gather_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Gather>(request, step);
}

std::unique_ptr<Kernel> make_gather(const KernelContext& context) {
  return std::make_unique<GatherKernel>(context);
}

}  // namespace ockham::cpu
