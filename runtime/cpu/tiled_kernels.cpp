// Convolutions and linear layers on our own tiles of vectors: ahead of oneDNN's where a layer is
// small, as pruned ones are.
#include <algorithm>

#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/linear_weights.h"
#include "runtime/cpu/tiled_weights.h"

namespace ockham::cpu {
namespace {

class TiledLinear : public Kernel {
 public:
  explicit TiledLinear(const KernelContext& context)
      : columns_(weight_shape(context)[1]),
        neurons_(weight_shape(context)[0]),
        activation_(context),
        weights_(
            context.weights, linear_weights_key(context), neurons_, columns_,
            [&] { return linear_weights(context); }, [](std::int64_t tap) { return tap; }) {}

  Status run(const KernelArguments& arguments) noexcept override {
    weights_.run({.x = arguments.inputs[0],
                  .x_pixel = columns_,
                  .rows = 1,
                  .taps = columns_,
                  .y = arguments.output,
                  .y_pixel = neurons_,
                  .pixels = arguments.batch,
                  .bounds = activation_.bounds()});
    activation_.apply_rest(arguments.output, arguments.batch * neurons_);
    return Status::kOk;
  }

  std::string implementation() const override { return weights_.target_name(); }

 private:
  static const Shape& weight_shape(const KernelContext& context) {
    const Node& node = computing_node(context.graph, context.step);
    return context.graph.value(node.inputs[1]).shape;
  }

  std::int64_t columns_, neurons_;
  FusedActivation activation_;
  TiledWeights weights_;
};

class TiledConvolution : public Kernel {
 public:
  explicit TiledConvolution(const KernelContext& context)
      : window_(std::get<Conv2d>(computing_node(context.graph, context.step).op).window),
        input_(image_of(context.graph.value(context.read(0).value).shape)),
        padded_(padded_image(input_, window_)),
        output_(image_of(context.graph.value(context.step.output).shape)),
        activation_(context),
        weights_(
            context.weights, layer_weights_key(context.graph, context.step), output_.channels,
            window_.kernel[0] * window_.kernel[1] * input_.channels,
            [&] { return layer_weights(context.graph, context.step); },
            convolution_order(window_.kernel[0] * window_.kernel[1], input_.channels)) {}

  Status run(const KernelArguments& arguments) noexcept override {
    auto* frame = reinterpret_cast<float*>(arguments.scratch);
    if (is_padded()) std::fill_n(frame, padded_.elements(), 0.0f);
    for (std::int64_t n = 0; n < arguments.batch; ++n) {
      const float* x = arguments.inputs[0] + n * input_.elements();
      if (is_padded()) copy_into(frame, x);
      convolve(is_padded() ? frame : x, arguments.output + n * output_.elements());
    }
    return Status::kOk;
  }

  std::string implementation() const override { return weights_.target_name(); }

  std::size_t scratch_bytes() const override {
    return is_padded() ? static_cast<std::size_t>(padded_.elements()) * sizeof(float) : 0;
  }

  /// The input with its padding.
  static Image padded_image(const Image& image, const Window2d& window) {
    return {image.height + window.pad_begin[0] + window.pad_end[0],
            image.width + window.pad_begin[1] + window.pad_end[1], image.channels};
  }

 private:
  bool is_padded() const {
    return padded_.height != input_.height || padded_.width != input_.width;
  }

  void copy_into(float* frame, const float* x) const {
    float* row =
        frame + window_.pad_begin[0] * padded_.row() + window_.pad_begin[1] * input_.channels;
    for (std::int64_t y = 0; y < input_.height; ++y, x += input_.row(), row += padded_.row()) {
      std::copy_n(x, input_.row(), row);
    }
  }

  void convolve(const float* x, float* y) const {
    TileRow row{.x = x,
                .x_pixel = window_.stride[1] * input_.channels,
                .x_row = padded_.row(),
                .rows = window_.kernel[0],
                .taps = window_.kernel[1] * input_.channels,
                .y = y,
                .y_pixel = output_.channels,
                .pixels = output_.width,
                .bounds = activation_.bounds()};
    if (is_pointwise()) {  // rows of pixels lie behind each other, in and out
      row.pixels *= output_.height;
      weights_.run(row);
      activation_.apply_rest(y, output_.elements());
      return;
    }
    for (std::int64_t i = 0; i < output_.height; ++i) {
      weights_.run(row);
      activation_.apply_rest(row.y, output_.row());
      row.x += window_.stride[0] * padded_.row();
      row.y += output_.row();
    }
  }

  bool is_pointwise() const {
    return window_.kernel[0] == 1 && window_.kernel[1] == 1 && window_.stride[0] == 1 &&
           window_.stride[1] == 1;
  }

  Window2d window_;
  Image input_, padded_, output_;
  FusedActivation activation_;
  TiledWeights weights_;
};

/// MACs of one image up to which our tiles win over oneDNN, whatever the channels: its calls cost
/// about a microsecond, and its vectors are full only when channels are a multiple of 16. Measured
/// by ockham-bench-operators.
constexpr std::int64_t kSmallConvolution = 3'000'000, kSmallLinear = 500'000;
/// The same where an output is the sum of so few products that our tiles are mostly reads and
/// writes, as in a first layer.
constexpr std::int64_t kFewProducts = 32, kSmallConvolutionOfFewProducts = 600'000;
/// MACs up to which a second thread, which our kernels do not use, would gain nothing.
constexpr std::int64_t kWorthThreads = 2'000'000;
/// Elements of a padded image. Padding may be huge, and is copied.
constexpr std::int64_t kLargestPadded = std::int64_t{1} << 26;

bool is_small(const PlanRequest& request, const PlanStep& step, std::int64_t most_macs) {
  if (step.macs > most_macs) return false;
  return request.threads == 1 || saturating_multiply(step.macs, request.max_batch) <= kWorthThreads;
}

}  // namespace

bool tiled_linear_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Linear>(computing_node(request.graph, step).op);
}

bool small_linear_supports(const PlanRequest& request, const PlanStep& step) {
  return tiled_linear_supports(request, step) && is_small(request, step, kSmallLinear);
}

std::unique_ptr<Kernel> make_tiled_linear(const KernelContext& context) {
  return std::make_unique<TiledLinear>(context);
}

bool tiled_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  const Node& node = computing_node(request.graph, step);
  const auto* op = std::get_if<Conv2d>(&node.op);
  if (op == nullptr || op->groups != 1) return false;
  const Window2d& window = op->window;
  if (window.dilation[0] != 1 || window.dilation[1] != 1) return false;
  const Image input = image_of(request.graph.value(node.inputs[0]).shape);
  const Image padded = TiledConvolution::padded_image(input, window);
  return saturating_multiply(saturating_multiply(padded.height, padded.width), padded.channels) <=
         kLargestPadded;
}

bool small_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  if (!tiled_convolution_supports(request, step)) return false;
  const std::int64_t outputs = request.graph.value(step.output).shape.elements();
  const bool has_few_products = step.macs <= outputs * kFewProducts;
  return is_small(request, step,
                  has_few_products ? kSmallConvolutionOfFewProducts : kSmallConvolution);
}

std::unique_ptr<Kernel> make_tiled_convolution(const KernelContext& context) {
  return std::make_unique<TiledConvolution>(context);
}

}  // namespace ockham::cpu
