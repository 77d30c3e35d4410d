#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/cpu/transpose.h"
#include "runtime/cpu/vector/softmax.h"
#include "runtime/cpu/vector/targets.h"

namespace ockham::cpu {
namespace {

constexpr std::int64_t kCost = 16;  ///< of an element, in multiplications

Lines input_lines(const KernelContext& context) {
  const auto& op = std::get<Softmax>(computing_node(context.graph, context.step).op);
  return lines_along(context.graph.value(context.step.output).shape, op.axis,
                     context.read(0).layout);
}

/// Softmax, or its logarithm, of lines in any layout. Vectors run over lines where neighbours in
/// memory belong to different ones, over blocks of transposed lines where these are short, and
/// along each line otherwise.
class SoftmaxKernel : public Kernel {
 public:
  explicit SoftmaxKernel(const KernelContext& context)
      : lines_(input_lines(context)),
        logarithm_(std::get<Softmax>(computing_node(context.graph, context.step).op).kind ==
                   SoftmaxKind::kLogSoftmax),
        threads_(context.threads) {}

  Status run(const KernelArguments& arguments) noexcept override {
    if (lines_.inner > 1) {
      run_columns(arguments);
    } else if (is_short()) {
      run_blocks(arguments);
    } else {
      run_lines(arguments);
    }
    return Status::kOk;
  }

  std::string implementation() const override { return target_.name; }

  std::size_t scratch_bytes() const override {
    return is_short() ? static_cast<std::size_t>(threads_ * scratch_floats()) * sizeof(float) : 0;
  }

 private:
  static constexpr std::int64_t kBlock = 16;  ///< lines that are transposed at once

  bool is_short() const {
    return lines_.inner == 1 && lines_.extent < 2 * kBlock && lines_.outer >= kBlock;
  }

  std::int64_t block_floats() const { return kBlock * lines_.extent; }
  /// Of a thread: a transposed block, and its results.
  std::int64_t scratch_floats() const { return 2 * block_floats(); }

  void run_columns(const KernelArguments& arguments) const {
    constexpr std::int64_t kColumns = 64;  // that a thread takes at once
    const std::int64_t extent = lines_.extent, inner = lines_.inner;
    const std::int64_t blocks = (inner - 1) / kColumns + 1;
    arguments.threads.share(
        arguments.batch * lines_.outer * blocks, extent * std::min(kColumns, inner) * kCost,
        [&](std::int64_t first, std::int64_t last, int) {
          for (; first < last; ++first) {
            const std::int64_t column = first % blocks * kColumns;
            const std::int64_t at = first / blocks * extent * inner + column;
            target_.softmax_columns({arguments.inputs[0] + at, arguments.output + at, inner, extent,
                                     std::min(kColumns, inner - column), logarithm_});
          }
        });
  }

  void run_blocks(const KernelArguments& arguments) const {
    const std::int64_t extent = lines_.extent, blocks = (lines_.outer - 1) / kBlock + 1;
    arguments.threads.share(
        arguments.batch * blocks, block_floats() * kCost,
        [&](std::int64_t first, std::int64_t last, int thread) {
          float* x = reinterpret_cast<float*>(arguments.scratch) + thread * scratch_floats();
          float* y = x + block_floats();
          for (; first < last; ++first) {
            const std::int64_t line = first % blocks * kBlock;
            const std::int64_t count = std::min(kBlock, lines_.outer - line);
            const std::int64_t at = (first / blocks * lines_.outer + line) * extent;
            transpose(arguments.inputs[0] + at, x, count, extent);
            target_.softmax_columns({x, y, count, extent, count, logarithm_});
            transpose(y, arguments.output + at, extent, count);
          }
        });
  }

  void run_lines(const KernelArguments& arguments) const {
    const std::int64_t extent = lines_.extent;
    arguments.threads.share(
        arguments.batch * lines_.outer, extent * kCost,
        [&](std::int64_t first, std::int64_t last, int) {
          for (; first < last; ++first) {
            target_.softmax_line({arguments.inputs[0] + first * extent,
                                  arguments.output + first * extent, extent, logarithm_});
          }
        });
  }

  const VectorTarget& target_ = vector_targets().front();
  Lines lines_;
  bool logarithm_;
  int threads_;
};

/// 1 for the first of the largest of each line.
class HardmaxKernel : public Kernel {
 public:
  explicit HardmaxKernel(const KernelContext& context) : lines_(input_lines(context)) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t extent = lines_.extent, inner = lines_.inner;
    arguments.threads.share(arguments.batch * lines_.outer * inner, extent * kCost,
                            [&](std::int64_t first, std::int64_t last, int) {
                              for (; first < last; ++first) {
                                const std::int64_t at =
                                    first / inner * extent * inner + first % inner;
                                mark_largest(arguments.inputs[0] + at, arguments.output + at);
                              }
                            });
    return Status::kOk;
  }

 private:
  void mark_largest(const float* x, float* y) const {
    std::int64_t largest = 0;
    for (std::int64_t i = 0; i < lines_.extent; ++i) {
      if (x[i * lines_.inner] > x[largest * lines_.inner]) largest = i;
      y[i * lines_.inner] = 0.0f;
    }
    y[largest * lines_.inner] = 1.0f;
  }

  Lines lines_;
};

}  // namespace

bool softmax_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Softmax>(request, step);
}

std::unique_ptr<Kernel> make_softmax(const KernelContext& context) {
  const auto& op = std::get<Softmax>(computing_node(context.graph, context.step).op);
  if (op.kind == SoftmaxKind::kHardmax) return std::make_unique<HardmaxKernel>(context);
  return std::make_unique<SoftmaxKernel>(context);
}

}  // namespace ockham::cpu
