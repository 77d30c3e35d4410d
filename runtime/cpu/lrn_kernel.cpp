#include <algorithm>
#include <cmath>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/cpu/unary_functions.h"
#include "runtime/graph/instruction_sets.h"

namespace ockham::cpu {
namespace {

OCKHAM_FOR_EACH_ISA
void square(const float* x, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * x[i];
}

OCKHAM_FOR_EACH_ISA
void add_to(float* sum, const float* x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] += x[i];
}

OCKHAM_FOR_EACH_ISA
void scale_and_shift(float* x, std::int64_t count, float scale, float shift) {
  for (std::int64_t i = 0; i < count; ++i) x[i] = shift + scale * x[i];
}

OCKHAM_FOR_EACH_ISA
void divide_by_product(const float* x, const float* a, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] / (a[i] * y[i]);
}

/// All channels of a pixel at once, or in row-major order of an image: a neighbour among the
/// channels lies as far away from each element.
class LrnKernel : public Kernel {
 public:
  explicit LrnKernel(const KernelContext& context)
      : op_(std::get<Lrn>(computing_node(context.graph, context.step).op)),
        lines_(
            lines_along(context.graph.value(context.step.output).shape, 1, context.read(0).layout)),
        threads_(context.threads) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t count = lines_.extent * lines_.inner;
    arguments.threads.share(
        arguments.batch * lines_.outer, count * kCost,
        [&](std::int64_t first, std::int64_t last, int thread) {
          float* squares = reinterpret_cast<float*>(arguments.scratch) + thread * count;
          for (; first < last; ++first) {
            const float* x = arguments.inputs[0] + first * count;
            float* y = arguments.output + first * count;
            square(x, squares, count);
            sum_neighbours(squares, y);
            scale_and_shift(y, count, op_.alpha / static_cast<float>(op_.size), op_.bias);
            if (op_.beta == 0.75f) {
              divide_by_three_quarters(x, y, squares);
            } else {
              for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] / std::pow(y[i], op_.beta);
            }
          }
        });
    return Status::kOk;
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(threads_ * lines_.extent * lines_.inner) * sizeof(float);
  }

 private:
  static constexpr std::int64_t kCost = 16;  ///< of an element, in multiplications

  void sum_neighbours(const float* squares, float* sums) const {
    const std::int64_t channels = lines_.extent, inner = lines_.inner;
    std::fill_n(sums, channels * inner, 0.0f);
    const std::int64_t before = std::min(channels - 1, (op_.size - 1) / 2);
    const std::int64_t behind = std::min(channels - 1, op_.size / 2);
    for (std::int64_t away = -before; away <= behind; ++away) {
      const std::int64_t skipped = std::max<std::int64_t>(0, -away) * inner;
      add_to(sums + skipped, squares + skipped + away * inner, (channels - std::abs(away)) * inner);
    }
  }

  /// y = x / y^(3/4), by roots: the exponent that networks have.
  void divide_by_three_quarters(const float* x, float* y, float* roots) const {
    const std::int64_t count = lines_.extent * lines_.inner;
    root_({y, roots, count, 0.0f, 0.0f});
    root_({roots, y, count, 0.0f, 0.0f});
    divide_by_product(x, roots, y, count);
  }

  Lrn op_;
  UnaryFunction root_ = unary_function(UnaryKind::kSqrt);
  Lines lines_;  ///< along the channels
  int threads_;
};

}  // namespace

bool lrn_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Lrn>(request, step);
}

std::unique_ptr<Kernel> make_lrn(const KernelContext& context) {
  return std::make_unique<LrnKernel>(context);
}

}  // namespace ockham::cpu
