#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"

namespace ockham::cpu {
namespace {

/// Sorts the positions of each line as far as they are asked for.
class TopKKernel : public Kernel {
 public:
  explicit TopKKernel(const KernelContext& context)
      : op_(std::get<TopK>(computing_node(context.graph, context.step).op)),
        lines_(lines_along(context.graph.value(context.read(0).value).shape, op_.axis,
                           context.read(0).layout)),
        threads_(context.threads) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t inner = lines_.inner;
    arguments.threads.share(arguments.batch * lines_.outer * inner, lines_.extent * kCost,
                            [&](std::int64_t first, std::int64_t last, int thread) {
                              Position* positions = reinterpret_cast<Position*>(arguments.scratch) +
                                                    thread * lines_.extent;
                              for (; first < last; ++first) {
                                const std::int64_t outer = first / inner, i = first % inner;
                                pick(arguments.inputs[0] + outer * lines_.extent * inner + i,
                                     positions, arguments.output + outer * op_.count * inner + i);
                              }
                            });
    return Status::kOk;
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(threads_ * lines_.extent) * sizeof(Position);
  }

 private:
  using Position = std::int32_t;
  static constexpr std::int64_t kCost = 32;  ///< of an element, in multiplications

  /// Of equal numbers the first, what is no number last: no two positions are equal.
  static bool is_before(const float* x, std::int64_t stride, bool largest, Position i, Position j) {
    const float a = x[i * stride], b = x[j * stride];
    if (std::isnan(a) != std::isnan(b)) return std::isnan(b);
    if (a < b || a > b) return largest == (a > b);
    return i < j;
  }

  void pick(const float* x, Position* positions, float* y) const {
    const std::int64_t stride = lines_.inner;
    std::iota(positions, positions + lines_.extent, 0);
    std::partial_sort(
        positions, positions + op_.count, positions + lines_.extent,
        [&](Position i, Position j) { return is_before(x, stride, op_.largest, i, j); });
    for (std::int64_t k = 0; k < op_.count; ++k) {
      const Position found = positions[k];
      y[k * stride] =
          op_.gives == TopKOutput::kIndices ? static_cast<float>(found) : x[found * stride];
    }
  }

  TopK op_;
  Lines lines_;  ///< of the input
  int threads_;
};

}  // namespace

bool top_k_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<TopK>(request, step);
}

std::unique_ptr<Kernel> make_top_k(const KernelContext& context) {
  return std::make_unique<TopKKernel>(context);
}

}  // namespace ockham::cpu
