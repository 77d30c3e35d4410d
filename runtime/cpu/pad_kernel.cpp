#include <algorithm>
#include <vector>

#include "runtime/cpu/copy_run.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/memory_axes.h"

namespace ockham::cpu {
namespace {

/// A border around the axes behind the channels, in any layout.
class PadKernel : public Kernel {
 public:
  explicit PadKernel(const KernelContext& context) {
    const auto& op = std::get<Pad>(computing_node(context.graph, context.step).op);
    value_ = op.value;
    const Shape& shape = context.graph.value(context.read(0).value).shape;
    for (const int axis : memory_axes(shape.rank(), context.read(0).layout)) {
      const auto pad = static_cast<std::size_t>(axis - 2);
      add(axis < 2 ? Axis{shape[axis], 0, 0} : Axis{shape[axis], op.begin[pad], op.end[pad]});
    }
    for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
      axis->x_inner = x_image_;
      axis->y_inner = y_image_;
      x_image_ *= axis->extent;
      y_image_ *= axis->begin + axis->extent + axis->end;
    }
  }

  Status run(const KernelArguments& arguments) noexcept override {
    constexpr std::int64_t kCost = 2;  // of an element, in multiplications
    const Axis& rows = axes_[0];
    const std::int64_t positions = rows.begin + rows.extent + rows.end;
    arguments.threads.share(
        arguments.batch * positions, rows.y_inner * kCost,
        [&](std::int64_t first, std::int64_t last, int) {
          for (; first < last; ++first) {
            const std::int64_t n = first / positions, i = first % positions - rows.begin;
            float* y = arguments.output + n * y_image_ + first % positions * rows.y_inner;
            if (i < 0 || i >= rows.extent) {
              std::fill_n(y, rows.y_inner, value_);
            } else {
              write(1, arguments.inputs[0] + n * x_image_ + i * rows.x_inner, y);
            }
          }
        });
    return Status::kOk;
  }

 private:
  /// With the border before and behind it, and the elements of one position in input and output.
  struct Axis {
    std::int64_t extent, begin, end;
    std::int64_t x_inner = 1, y_inner = 1;
  };

  /// One without a border becomes part of the axis around it, but for the outermost, whose
  /// positions threads share.
  void add(const Axis& axis) {
    if (axes_.size() > 1 && axis.begin == 0 && axis.end == 0) {
      Axis& outer = axes_.back();
      outer = {outer.extent * axis.extent, outer.begin * axis.extent, outer.end * axis.extent};
    } else {
      axes_.push_back(axis);
    }
  }

  /// What the output has from an axis on.
  void write(std::size_t depth, const float* x, float* y) const {
    const Axis& axis = axes_[depth];
    y = std::fill_n(y, axis.begin * axis.y_inner, value_);
    if (depth + 1 == axes_.size()) {
      y = copy_run(x, axis.extent, y);
    } else {
      for (std::int64_t i = 0; i < axis.extent; ++i, y += axis.y_inner) {
        write(depth + 1, x + i * axis.x_inner, y);
      }
    }
    std::fill_n(y, axis.end * axis.y_inner, value_);
  }

  std::vector<Axis> axes_;  ///< two or more, outermost first
  std::int64_t x_image_ = 1, y_image_ = 1;
  float value_ = 0.0f;
};

}  // namespace

bool pad_supports(const PlanRequest& request, const PlanStep& step) {
  return is_alone<Pad>(request, step);
}

std::unique_ptr<Kernel> make_pad(const KernelContext& context) {
  return std::make_unique<PadKernel>(context);
}

}  // namespace ockham::cpu
