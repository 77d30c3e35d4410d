#include <algorithm>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/vector/maximum.h"
#include "runtime/cpu/vector/targets.h"
#include "runtime/cpu/window_axis.h"
#include "runtime/graph/instruction_sets.h"

namespace ockham::cpu {
namespace {

OCKHAM_FOR_EACH_ISA
void add_to(double* sum, const float* x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] += static_cast<double>(x[i]);
}

OCKHAM_FOR_EACH_ISA
void divide(const double* sum, double by, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<float>(sum[i] / by);
}

struct Range {
  std::int64_t begin, end;

  std::int64_t length() const { return end - begin; }
};

/// The windows of a pool over channels-last images.
class Windows {
 public:
  explicit Windows(const KernelContext& context)
      : window_(std::get<Pool2d>(computing_node(context.graph, context.step).op).window),
        input_(context.graph.value(context.read(0).value).shape),
        output_(context.graph.value(context.step.output).shape) {}

  std::int64_t channels() const { return input_[1]; }
  std::int64_t taps() const { return window_.kernel[0] * window_.kernel[1]; }

  /// Calls `pool(image, rows, columns, y)` for each pixel of the output: the part of its window
  /// that lies inside the image, and where its channels go.
  template <class Pool>
  void each(const KernelArguments& arguments, const Pool& pool) const {
    const float* image = arguments.inputs[0];
    float* y = arguments.output;
    for (std::int64_t n = 0; n < arguments.batch; ++n, image += input_.elements()) {
      for (std::int64_t row = 0; row < output_[2]; ++row) {
        const Range rows = inside(0, row, input_[2]);
        for (std::int64_t column = 0; column < output_[3]; ++column, y += channels()) {
          pool(image, rows, inside(1, column, input_[3]), y);
        }
      }
    }
  }

  const float* pixel(const float* image, std::int64_t row, std::int64_t column) const {
    return image + (row * input_[3] + column) * channels();
  }

 private:
  Range inside(int axis, std::int64_t position, std::int64_t extent) const {
    const std::int64_t begin = position * window_.stride[axis] - window_.pad_begin[axis];
    return {std::max<std::int64_t>(begin, 0), std::min(begin + window_.kernel[axis], extent)};
  }

  Window2d window_;
  Shape input_, output_;
};

/// The largest element of each window: first of its rows, for all pixels of a row of the image at
/// once, then of its columns. oneDNN's loses what is not a number, and makes finite numbers of
/// windows of minus infinity.
class MaxPoolKernel : public Kernel {
 public:
  explicit MaxPoolKernel(const KernelContext& context)
      : MaxPoolKernel(std::get<Pool2d>(computing_node(context.graph, context.step).op).window,
                      context.graph.value(context.read(0).value).shape,
                      context.graph.value(context.step.output).shape) {}

  Status run(const KernelArguments& arguments) noexcept override {
    auto* largest = reinterpret_cast<float*>(arguments.scratch);
    float* y = arguments.output;
    for (std::int64_t n = 0; n < arguments.batch; ++n) {
      const float* image = arguments.inputs[0] + n * image_elements_;
      for (std::int64_t i = 0; i < rows_.outputs(); ++i, y += columns_.outputs() * channels_) {
        const Stretch rows = rows_.stretch(i, 1);
        target_.rows_maximum(
            {image + rows_.place(rows) * x_row_, x_row_, rows.taps, largest, x_row_});
        reduce_columns(largest, y);
      }
    }
    return Status::kOk;
  }

  std::string implementation() const override { return target_.name; }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(x_row_ + target_.lanes) * sizeof(float);
  }

 private:
  MaxPoolKernel(const Window2d& window, const Shape& x, const Shape& y)
      : target_(vector_target(x[1])),
        channels_(x[1]),
        x_row_(x[3] * x[1]),
        image_elements_(x.elements()),
        rows_(window, 0, x[2], y[2]),
        columns_(window, 1, x[3], y[3]) {}

  void reduce_columns(const float* largest, float* y) const {
    for (std::int64_t j = 0; j < columns_.outputs();) {
      const Stretch columns = columns_.stretch(j, columns_.outputs());
      target_.columns_maximum({largest + columns_.place(columns) * channels_,
                               columns_.stride() * channels_, columns.taps, y + j * channels_,
                               columns.count, channels_});
      j += columns.count;
    }
  }

  const VectorTarget& target_;
  std::int64_t channels_, x_row_, image_elements_;
  WindowAxis rows_, columns_;
};

/// The mean of each window, summed in double: over a whole image, float would lose digits that what
/// follows (a difference from the mean, above all) needs.
class AveragePoolKernel : public Kernel {
 public:
  explicit AveragePoolKernel(const KernelContext& context)
      : windows_(context),
        counts_padding_(
            std::get<Pool2d>(computing_node(context.graph, context.step).op).count_include_pad) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t channels = windows_.channels();
    auto* sum = reinterpret_cast<double*>(arguments.scratch);
    windows_.each(arguments, [&](const float* image, Range rows, Range columns, float* y) {
      std::fill_n(sum, channels, 0.0);
      for (std::int64_t row = rows.begin; row < rows.end; ++row) {
        for (std::int64_t column = columns.begin; column < columns.end; ++column) {
          add_to(sum, windows_.pixel(image, row, column), channels);
        }
      }
      const std::int64_t count =
          counts_padding_ ? windows_.taps() : rows.length() * columns.length();
      divide(sum, static_cast<double>(count), y, channels);
    });
    return Status::kOk;
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(windows_.channels()) * sizeof(double);
  }

 private:
  Windows windows_;
  bool counts_padding_;
};

bool is_pool(const PlanRequest& request, const PlanStep& step, PoolKind kind) {
  const auto* op = std::get_if<Pool2d>(&computing_node(request.graph, step).op);
  return op != nullptr && op->kind == kind && is_one_node(step);
}

}  // namespace

bool max_pool_supports(const PlanRequest& request, const PlanStep& step) {
  return is_pool(request, step, PoolKind::kMax);
}

std::unique_ptr<Kernel> make_max_pool(const KernelContext& context) {
  return std::make_unique<MaxPoolKernel>(context);
}

bool average_pool_supports(const PlanRequest& request, const PlanStep& step) {
  return is_pool(request, step, PoolKind::kAverage);
}

std::unique_ptr<Kernel> make_average_pool(const KernelContext& context) {
  return std::make_unique<AveragePoolKernel>(context);
}

}  // namespace ockham::cpu
