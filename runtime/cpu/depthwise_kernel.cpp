// Convolutions that filter each channel by itself, on vectors that run over channels and pixels.
#include <algorithm>
#include <vector>

#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/vector/depthwise.h"
#include "runtime/cpu/vector/targets.h"
#include "runtime/cpu/window_axis.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cpu {
namespace {

class DepthwiseConvolution : public Kernel, public RowKernel {
 public:
  explicit DepthwiseConvolution(const KernelContext& context)
      : DepthwiseConvolution(
            context, std::get<Conv2d>(computing_node(context.graph, context.step).op).window,
            context.graph.value(context.read(0).value).shape,
            context.graph.value(context.step.output).shape) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const auto groups = std::ssize(groups_);
    const std::int64_t cost = y_row_ * rows_.outputs() * rows_.taps() * columns_.taps() / groups;
    arguments.threads.share(
        arguments.batch * groups, cost, [&](std::int64_t first, std::int64_t last, int) {
          auto [n, i] = image_part(first, groups);
          for (; first < last; ++first) {
            const Stretch& rows = groups_[static_cast<std::size_t>(i)];
            compute_rows(rows, arguments.inputs[0] + n * x_elements_,
                         arguments.output + (n * rows_.outputs() + rows.first) * y_row_);
            if (++i == groups) ++n, i = 0;
          }
        });
    return Status::kOk;
  }

  std::string implementation() const override { return target_.name; }

  const RowKernel* by_rows() const override { return this; }

  Rows rows_read(std::size_t, const Rows& rows) const override { return rows_.seen_by(rows); }

  void run_rows(const KernelArguments& arguments, const Rows& rows) const noexcept override {
    for (std::int64_t i = rows.first; i < rows.last;) {
      const Stretch stretch = rows_.stretch(i, std::min(outputs_at_once(), rows.last - i));
      compute_rows(stretch, arguments.inputs[0], arguments.output + i * y_row_);
      i += stretch.count;
    }
  }

 private:
  DepthwiseConvolution(const KernelContext& context, const Window2d& window, const Shape& x,
                       const Shape& y)
      : channels_(x[1]),
        x_row_(x[3] * x[1]),
        y_row_(y[3] * y[1]),
        x_elements_(x.elements()),
        rows_(window, 0, x[2], y[2]),
        columns_(window, 1, x[3], y[3]),
        target_(vector_target(longest_run() * channels_)),
        tap_(depthwise_tap(channels_, target_.lanes)),
        activation_(context) {
    for (std::int64_t i = 0; i < rows_.outputs(); i += groups_.back().count) {
      groups_.push_back(rows_.stretch(i, outputs_at_once()));
    }
    pack(context);
  }

  /// Pixels of a row that are computed as one.
  std::int64_t longest_run() const {
    return columns_.stride() == 1 ? std::max<std::int64_t>(1, columns_.inner()) : 1;
  }

  /// Rows of outputs that are computed together: fewer where they read more rows, or rows that lie
  /// whole pages apart and so compete for the same few lines of the first-level cache.
  std::int64_t outputs_at_once() const {
    constexpr std::int64_t kPage = 4096 / sizeof(float);
    const bool compete = x_row_ % kPage == 0;
    return compete || rows_.stride() > 1 ? kMostDepthwiseOutputs / 2 : kMostDepthwiseOutputs;
  }

  /// Each tap's weights, then the biases, each as depthwise.h wants them.
  void pack(const KernelContext& context) {
    const std::int64_t taps = rows_.taps() * columns_.taps();
    bias_ = taps * tap_;
    const auto bytes = static_cast<std::size_t>(bias_ + tap_) * sizeof(float);
    const std::string key =
        layer_weights_key(context.graph, context.step) + " depthwise " + target_.name;
    block_ = context.weights.get(key, bytes, [&](AlignedBuffer& block) {
      const LayerWeights layer = layer_weights(context.graph, context.step);
      for (std::int64_t i = 0; i < tap_; ++i) {
        const std::int64_t channel = i % channels_;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          block.floats()[tap * tap_ + i] =
              layer.weight[static_cast<std::size_t>(channel * taps + tap)];
        }
        block.floats()[bias_ + i] = layer.bias[static_cast<std::size_t>(channel)];
      }
    });
  }

  void compute_rows(const Stretch& rows, const float* x, float* y) const {
    for (std::int64_t j = 0; j < columns_.outputs();) {
      const Stretch columns = columns_.stretch(j, columns_.outputs());
      compute(rows, columns, x, y + j * channels_);
      j += columns.count;
    }
    activation_.apply_rest(y, rows.count * y_row_);
  }

  void compute(const Stretch& rows, const Stretch& columns, const float* x, float* y) const {
    target_.run_depthwise({
        .x = x + rows_.place(rows) * x_row_ + columns_.place(columns) * channels_,
        .x_output = rows_.stride() * x_row_,
        .x_pixel = columns_.stride() * channels_,
        .x_row = rows_.dilation() * x_row_,
        .x_column = columns_.dilation() * channels_,
        .rows = rows.taps,
        .columns = columns.taps,
        .weights = block_->floats() + (rows.first_tap * columns_.taps() + columns.first_tap) * tap_,
        .w_row = columns_.taps() * tap_,
        .bias = block_->floats() + bias_,
        .y = y,
        .y_output = y_row_,
        .outputs = rows.count,
        .pixels = columns.count,
        .channels = channels_,
        .bounds = activation_.bounds(),
    });
  }

  std::int64_t channels_;
  std::int64_t x_row_, y_row_, x_elements_;  ///< floats, of an image
  WindowAxis rows_, columns_;
  std::vector<Stretch> groups_;  ///< of rows of outputs that are computed together
  const VectorTarget& target_;
  std::int64_t tap_;       ///< floats of a tap's weights
  std::int64_t bias_ = 0;  ///< floats into the block
  std::shared_ptr<const AlignedBuffer> block_;
  FusedActivation activation_;
};

}  // namespace

bool depthwise_supports(const PlanRequest& request, const PlanStep& step) {
  const Node& node = computing_node(request.graph, step);
  const auto* op = std::get_if<Conv2d>(&node.op);
  return op != nullptr && op->groups == request.graph.value(node.inputs[0]).shape[1] &&
         op->groups == request.graph.value(step.output).shape[1];
}

std::unique_ptr<Kernel> make_depthwise(const KernelContext& context) {
  return std::make_unique<DepthwiseConvolution>(context);
}

}  // namespace ockham::cpu
