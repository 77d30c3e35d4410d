#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"
#include "runtime/cpu/vector/accumulate.h"
#include "runtime/cpu/vector/targets.h"
#include "runtime/graph/extrema.h"

namespace ockham::cpu {
namespace {

Accumulation accumulation_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kMax:
      return Accumulation::kLargest;
    case ReduceKind::kMin:
      return Accumulation::kSmallest;
    case ReduceKind::kProd:
      return Accumulation::kProduct;
    case ReduceKind::kL1:
      return Accumulation::kSumOfMagnitudes;
    case ReduceKind::kL2:
    case ReduceKind::kSumSquare:
      return Accumulation::kSumOfSquares;
    case ReduceKind::kLogSumExp:
      return Accumulation::kSumOfExponentials;
    case ReduceKind::kSum:
    case ReduceKind::kMean:
    case ReduceKind::kLogSum:
      break;
  }
  return Accumulation::kSum;
}

/// The result of no numbers.
double neutral(Accumulation kind) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (kind) {
    case Accumulation::kLargest:
      return -kInfinity;
    case Accumulation::kSmallest:
      return kInfinity;
    case Accumulation::kProduct:
      return 1.0;
    default:
      return 0.0;
  }
}

/// Of two parts of a result; products have one.
double united(Accumulation kind, double a, double b) {
  switch (kind) {
    case Accumulation::kLargest:
      return maximum(a, b);
    case Accumulation::kSmallest:
      return minimum(a, b);
    default:
      return a + b;
  }
}

/// An axis, or several that lie in memory as one.
struct Axis {
  std::int64_t extent, stride;
};

/// Where number `i` of the elements that some axes count lies.
std::int64_t offset_of(const std::vector<Axis>& axes, std::int64_t i) {
  std::int64_t at = 0;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    at += i % axis->extent * axis->stride;
    i /= axis->extent;
  }
  return at;
}

std::int64_t count_of(const std::vector<Axis>& axes) {
  std::int64_t count = 1;
  for (const Axis& axis : axes) count *= axis.extent;
  return count;
}

/// Makes one number of those along some axes, in any layout. Vectors run over results where
/// neighbours in memory belong to different ones; otherwise over parts of one result, which are
/// united in the end.
class ReduceKernel : public Kernel {
 public:
  explicit ReduceKernel(const KernelContext& context)
      : op_(std::get<Reduce>(computing_node(context.graph, context.step).op)),
        accumulation_(accumulation_of(op_.kind)) {
    const Shape& shape = context.graph.value(context.read(0).value).shape;
    set_axes(shape, context.read(0).layout);
    runs_ = count_of(reduced_);
    image_ = shape.elements();
    results_ = image_ / (runs_ * run_.extent);
  }

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t blocks = (row_ - 1) / kBlock + 1, rows = results_ / row_;
    arguments.threads.share(
        arguments.batch * rows * blocks, runs_ * run_.extent * std::min(row_, kBlock) * kCost,
        [&](std::int64_t first, std::int64_t last, int) {
          for (; first < last; ++first) {
            const std::int64_t n = first / (rows * blocks), row = first / blocks % rows;
            const std::int64_t i = first % blocks * kBlock;
            reduce(arguments.inputs[0] + n * image_ + offset_of(kept_, row) + i,
                   arguments.output + n * results_ + row * row_ + i, std::min(kBlock, row_ - i));
          }
        });
    return Status::kOk;
  }

  std::string implementation() const override { return target_.name; }

 private:
  static constexpr std::int64_t kCost = 2;    ///< of an element, in multiplications
  static constexpr std::int64_t kBlock = 64;  ///< results side by side
  static constexpr std::int64_t kParts = 16;  ///< of one result

  void set_axes(const Shape& shape, Layout layout) {
    const std::vector<std::int64_t> strides = memory_strides(shape, layout);
    const std::vector<Axis>* before = nullptr;
    for (const int axis : memory_axes(shape.rank(), layout)) {
      if (shape[axis] == 1) continue;
      const bool is_reduced = std::ranges::find(op_.axes, axis) != op_.axes.end();
      std::vector<Axis>& axes = is_reduced ? reduced_ : kept_;
      const Axis added{shape[axis], strides[static_cast<std::size_t>(axis)]};
      if (before == &axes) {
        axes.back() = {axes.back().extent * added.extent, added.stride};
      } else {
        axes.push_back(added);
      }
      before = &axes;
    }
    if (before == &kept_) {
      row_ = kept_.back().extent;
      kept_.pop_back();
    }
    if (!reduced_.empty()) {
      run_ = reduced_.back();
      reduced_.pop_back();
    }
  }

  /// Of `count` results side by side.
  void reduce(const float* x, float* y, std::int64_t count) const {
    double results[kBlock];
    float bases[kBlock] = {};
    if (accumulation_ == Accumulation::kSumOfExponentials) {
      accumulate(Accumulation::kLargest, x, bases, results, count);
      for (std::int64_t i = 0; i < count; ++i) {
        bases[i] = std::isfinite(results[i]) ? static_cast<float>(results[i]) : 0.0f;
      }
    }
    accumulate(accumulation_, x, bases, results, count);
    for (std::int64_t i = 0; i < count; ++i) {
      y[i] = static_cast<float>(finished(results[i], static_cast<double>(bases[i])));
    }
  }

  void accumulate(Accumulation kind, const float* x, const float* bases, double* results,
                  std::int64_t count) const {
    if (row_ == 1) {
      results[0] = accumulated_runs(kind, x, bases[0]);
      return;
    }
    std::fill_n(results, count, neutral(kind));
    for (std::int64_t i = 0; i < runs_; ++i) {
      target_.accumulate(
          {kind, x + offset_of(reduced_, i), run_.stride, run_.extent, results, count, bases});
    }
  }

  /// Of runs of neighbours. Products are rounded, and so multiplied in their order.
  double accumulated_runs(Accumulation kind, const float* x, float base) const {
    const std::int64_t parts = kind == Accumulation::kProduct ? 1 : kParts;
    const std::int64_t rows = run_.extent / parts, left = run_.extent % parts;
    double results[kParts];
    float bases[kParts];
    std::fill_n(results, kParts, neutral(kind));
    std::fill_n(bases, kParts, base);
    for (std::int64_t i = 0; i < runs_; ++i) {
      const float* run = x + offset_of(reduced_, i);
      target_.accumulate({kind, run, parts, rows, results, parts, bases});
      target_.accumulate({kind, run + rows * parts, parts, 1, results, left, bases});
    }
    double result = results[0];
    for (std::int64_t part = 1; part < parts; ++part) result = united(kind, result, results[part]);
    return result;
  }

  double finished(double result, double base) const {
    switch (op_.kind) {
      case ReduceKind::kMean:
        return result / static_cast<double>(runs_ * run_.extent);
      case ReduceKind::kL2:
        return std::sqrt(result);
      case ReduceKind::kLogSum:
        return std::log(result);
      case ReduceKind::kLogSumExp:
        return base + std::log(result);
      default:
        return result;
    }
  }

  const VectorTarget& target_ = vector_targets().front();
  Reduce op_;
  Accumulation accumulation_;
  // Axes that are neighbours in memory are one, if both are reduced or neither is.
  std::vector<Axis> kept_, reduced_;  ///< outermost first
  Axis run_{1, 1};                    ///< the innermost of those that are reduced
  std::int64_t row_ = 1;              ///< results side by side, where the innermost axis is kept
  std::int64_t runs_ = 1;             ///< runs, or stacks of rows, that one result is made of
  std::int64_t image_ = 0, results_ = 0;
};

}  // namespace

bool reduce_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Reduce>(request, step);
}

bool ordered_reduce_supports(const PlanRequest& request, const PlanStep& step) {
  if (!reduce_supports(request, step)) return false;
  const auto& op = std::get<Reduce>(computing_node(request.graph, step).op);
  const bool reduces_several = op.axes.size() > 1;
  // A product is rounded after each number, and so depends on their order.
  if (op.kind == ReduceKind::kProd && reduces_channels(op) && reduces_several) return false;
  return op.keeps_axes || reduces_channels(op) || reduces_several;
}

std::unique_ptr<Kernel> make_reduce(const KernelContext& context) {
  return std::make_unique<ReduceKernel>(context);
}

}  // namespace ockham::cpu
