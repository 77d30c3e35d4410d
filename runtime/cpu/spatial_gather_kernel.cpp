#include <vector>

#include "runtime/cpu/copy_run.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"

namespace ockham::cpu {
namespace {

/// Copies positions of an axis, in any layout; neighbours at once, as slices pick them.
class SpatialGatherKernel : public Kernel {
 public:
  explicit SpatialGatherKernel(const KernelContext& context) {
    const auto& op = std::get<SpatialGather>(computing_node(context.graph, context.step).op);
    const Shape& shape = context.graph.value(context.read(0).value).shape;
    lines_ = lines_along(shape, op.axis, context.read(0).layout);
    picked_ = std::ssize(op.indices);
    for (std::int64_t k = 0; k < picked_; ++k) {
      const std::int64_t index = op.indices[static_cast<std::size_t>(k)];
      if (!runs_.empty() && runs_.back().from + runs_.back().count == index) {
        ++runs_.back().count;
      } else {
        runs_.push_back({index, k, 1});
      }
    }
  }

  Status run(const KernelArguments& arguments) noexcept override {
    constexpr std::int64_t kCost = 2;  // of an element, in multiplications
    const std::int64_t inner = lines_.inner, runs = std::ssize(runs_);
    arguments.threads.share(
        arguments.batch * lines_.outer * runs, picked_ * inner * kCost / runs,
        [&](std::int64_t first, std::int64_t last, int) {
          for (; first < last; ++first) {
            const std::int64_t outer = first / runs;
            const Run& run = runs_[static_cast<std::size_t>(first % runs)];
            copy_run(arguments.inputs[0] + (outer * lines_.extent + run.from) * inner,
                     run.count * inner, arguments.output + (outer * picked_ + run.to) * inner);
          }
        });
    return Status::kOk;
  }

 private:
  /// Positions that are neighbours in both the input and the output.
  struct Run {
    std::int64_t from, to, count;
  };

  Lines lines_;  ///< of the input
  std::int64_t picked_ = 0;
  std::vector<Run> runs_;
};

}  // namespace

bool spatial_gather_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<SpatialGather>(request, step);
}

std::unique_ptr<Kernel> make_spatial_gather(const KernelContext& context) {
  return std::make_unique<SpatialGatherKernel>(context);
}

}  // namespace ockham::cpu
