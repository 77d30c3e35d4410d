#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"

namespace ockham::cpu {
namespace {

/// Finds the largest or smallest of each line: of neighbouring lines side by side.
class ArgExtremeKernel : public Kernel {
 public:
  explicit ArgExtremeKernel(const KernelContext& context)
      : op_(std::get<ArgExtreme>(computing_node(context.graph, context.step).op)),
        lines_(lines_along(context.graph.value(context.read(0).value).shape, op_.axis,
                           context.read(0).layout)) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const bool is_max = op_.kind == ArgKind::kMax;
    if (op_.takes_last) {
      is_max ? find(arguments, [](float found, float next) { return next >= found; })
             : find(arguments, [](float found, float next) { return next <= found; });
    } else {
      is_max ? find(arguments, [](float found, float next) { return next > found; })
             : find(arguments, [](float found, float next) { return next < found; });
    }
    return Status::kOk;
  }

 private:
  static constexpr std::int64_t kCost = 4;    ///< of an element, in multiplications
  static constexpr std::int64_t kBlock = 32;  ///< lines side by side

  template <class Replaces>
  void find(const KernelArguments& arguments, Replaces replaces) const {
    const std::int64_t extent = lines_.extent, inner = lines_.inner;
    const std::int64_t blocks = (inner - 1) / kBlock + 1;
    arguments.threads.share(
        arguments.batch * lines_.outer * blocks, extent * std::min(kBlock, inner) * kCost,
        [&](std::int64_t first, std::int64_t last, int) {
          for (; first < last; ++first) {
            const std::int64_t outer = first / blocks, line = first % blocks * kBlock;
            find_in_block(arguments.inputs[0] + outer * extent * inner + line,
                          arguments.output + outer * inner + line, std::min(kBlock, inner - line),
                          replaces);
          }
        });
  }

  template <class Replaces>
  void find_in_block(const float* x, float* y, std::int64_t lines, Replaces replaces) const {
    float found[kBlock];
    std::copy_n(x, lines, found);
    std::fill_n(y, lines, 0.0f);
    for (std::int64_t k = 1; k < lines_.extent; ++k) {
      x += lines_.inner;
      for (std::int64_t i = 0; i < lines; ++i) {
        const bool is_better = replaces(found[i], x[i]);
        found[i] = is_better ? x[i] : found[i];
        y[i] = is_better ? static_cast<float>(k) : y[i];
      }
    }
  }

  ArgExtreme op_;
  Lines lines_;  ///< of the input
};

}  // namespace

bool arg_extreme_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<ArgExtreme>(request, step);
}

bool ordered_arg_extreme_supports(const PlanRequest& request, const PlanStep& step) {
  if (!arg_extreme_supports(request, step)) return false;
  const auto& op = std::get<ArgExtreme>(computing_node(request.graph, step).op);
  return op.keeps_axis || op.axis == 1;
}

std::unique_ptr<Kernel> make_arg_extreme(const KernelContext& context) {
  return std::make_unique<ArgExtremeKernel>(context);
}

}  // namespace ockham::cpu
