#include <algorithm>

#include "runtime/cpu/image.h"
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

/// The largest element of each window: first of its rows, for all pixels of a row of the image at
/// once, then of its columns. oneDNN's loses what is not a number, and makes finite numbers of
/// windows of minus infinity.
class MaxPoolKernel : public Kernel, public RowKernel {
 public:
  explicit MaxPoolKernel(const KernelContext& context)
      : MaxPoolKernel(std::get<Pool2d>(computing_node(context.graph, context.step).op).window,
                      context.graph.value(context.read(0).value).shape,
                      context.graph.value(context.step.output).shape, context.threads) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t height = rows_.outputs();
    arguments.threads.share(arguments.batch * height, x_row_ * rows_.taps(),
                            [&](std::int64_t first, std::int64_t last, int thread) {
                              float* largest = reinterpret_cast<float*>(arguments.scratch) +
                                               thread * scratch_floats();
                              auto [n, i] = image_part(first, height);
                              for (; first < last; ++first) {
                                reduce_row(i, arguments.inputs[0] + n * image_elements_, largest,
                                           arguments.output + first * y_row_);
                                if (++i == height) ++n, i = 0;
                              }
                            });
    return Status::kOk;
  }

  std::string implementation() const override { return target_.name; }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(threads_ * scratch_floats()) * sizeof(float);
  }

  const RowKernel* by_rows() const override { return this; }

  Rows rows_read(std::size_t, const Rows& rows) const override { return rows_.seen_by(rows); }

  void run_rows(const KernelArguments& arguments, const Rows& rows) const noexcept override {
    float* largest = reinterpret_cast<float*>(arguments.scratch);
    for (std::int64_t i = rows.first; i < rows.last; ++i) {
      reduce_row(i, arguments.inputs[0], largest, arguments.output + i * y_row_);
    }
  }

 private:
  MaxPoolKernel(const Window2d& window, const Shape& x, const Shape& y, int threads)
      : target_(vector_target(x[1])),
        channels_(x[1]),
        x_row_(x[3] * x[1]),
        y_row_(y[3] * y[1]),
        image_elements_(x.elements()),
        rows_(window, 0, x[2], y[2]),
        columns_(window, 1, x[3], y[3]),
        threads_(threads) {}

  /// Of a thread.
  std::int64_t scratch_floats() const { return x_row_ + target_.lanes; }

  /// Row `i` of an image's outputs.
  void reduce_row(std::int64_t i, const float* image, float* largest, float* y) const {
    const Stretch rows = rows_.stretch(i, 1);
    target_.rows_maximum({image + rows_.place(rows) * x_row_, x_row_, rows.taps, largest, x_row_});
    reduce_columns(largest, y);
  }

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
  std::int64_t channels_, x_row_, y_row_, image_elements_;
  WindowAxis rows_, columns_;
  int threads_;
};

/// The mean of each window, summed in double: over a whole image, float would lose digits that what
/// follows (a difference from the mean, above all) needs.
class AveragePoolKernel : public Kernel {
 public:
  explicit AveragePoolKernel(const KernelContext& context)
      : AveragePoolKernel(std::get<Pool2d>(computing_node(context.graph, context.step).op),
                          context.graph.value(context.read(0).value).shape,
                          context.graph.value(context.step.output).shape, context.threads) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t height = rows_.outputs(), width = columns_.outputs();
    arguments.threads.share(
        arguments.batch * height, width * rows_.taps() * columns_.taps() * input_.channels,
        [&](std::int64_t first, std::int64_t last, int thread) {
          double* sum = reinterpret_cast<double*>(arguments.scratch) + thread * input_.channels;
          auto [n, i] = image_part(first, height);
          for (; first < last; ++first) {
            const float* image = arguments.inputs[0] + n * input_.elements();
            const Stretch rows = rows_.stretch(i, 1);
            if (++i == height) ++n, i = 0;
            float* y = arguments.output + first * width * input_.channels;
            for (std::int64_t j = 0; j < width; ++j, y += input_.channels) {
              average(image, rows, columns_.stretch(j, 1), sum, y);
            }
          }
        });
    return Status::kOk;
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(threads_ * input_.channels) * sizeof(double);
  }

 private:
  AveragePoolKernel(const Pool2d& op, const Shape& x, const Shape& y, int threads)
      : input_(image_of(x)),
        rows_(op.window, 0, x[2], y[2]),
        columns_(op.window, 1, x[3], y[3]),
        counts_padding_(op.count_include_pad),
        threads_(threads) {}

  /// Of one window.
  void average(const float* image, const Stretch& rows, const Stretch& columns, double* sum,
               float* y) const {
    std::fill_n(sum, input_.channels, 0.0);
    const float* row = image + input_.place(rows_.place(rows), columns_.place(columns));
    for (std::int64_t r = 0; r < rows.taps; ++r, row += input_.row()) {
      for (std::int64_t c = 0; c < columns.taps; ++c) {
        add_to(sum, row + c * input_.channels, input_.channels);
      }
    }
    const std::int64_t count =
        counts_padding_ ? rows_.taps() * columns_.taps() : rows.taps * columns.taps;
    divide(sum, static_cast<double>(count), y, input_.channels);
  }

  Image input_;
  WindowAxis rows_, columns_;
  bool counts_padding_;
  int threads_;
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
