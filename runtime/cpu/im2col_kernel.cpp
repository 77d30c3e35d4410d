// Convolutions of any kind on our own tiles: with groups, dilation or huge padding, too.
// (Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document
// Processing", 2006.)
#include <algorithm>
#include <vector>

#include "runtime/cpu/copy_run.h"
#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/tiled_weights.h"

namespace ockham::cpu {
namespace {

/// Copies the windows of a strip of pixels side by side, for one group after the other, and
/// multiplies them with that group's filters.
class Im2colConvolution : public Kernel {
 public:
  explicit Im2colConvolution(const KernelContext& context)
      : Im2colConvolution(context,
                          std::get<Conv2d>(computing_node(context.graph, context.step).op)) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t strips = (output_.pixels() - 1) / strip_ + 1;
    arguments.threads.share(
        arguments.batch * strips, macs_ / strips,
        [&](std::int64_t first, std::int64_t last, int thread) {
          float* windows = reinterpret_cast<float*>(arguments.scratch) + thread * strip_ * taps_;
          for (; first < last; ++first) {
            const std::int64_t n = first / strips, pixel = first % strips * strip_;
            convolve(arguments.inputs[0] + n * input_.elements(), pixel,
                     std::min(strip_, output_.pixels() - pixel), windows,
                     arguments.output + n * output_.elements() + pixel * output_.channels);
          }
        });
    return Status::kOk;
  }

  std::string implementation() const override { return weights_[0].target_name(); }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(threads_ * strip_ * taps_) * sizeof(float);
  }

 private:
  Im2colConvolution(const KernelContext& context, const Conv2d& op)
      : window_(op.window),
        input_(image_of(context.graph.value(context.read(0).value).shape)),
        output_(image_of(context.graph.value(context.step.output).shape)),
        depth_(input_.channels / op.groups),
        filters_(output_.channels / op.groups),
        taps_(window_.kernel[0] * window_.kernel[1] * depth_),
        strip_(strip_of(taps_)),
        macs_(context.step.macs),
        threads_(context.threads),
        activation_(context) {
    for (std::int64_t group = 0; group < op.groups; ++group) {
      weights_.emplace_back(context, group, op.groups);
    }
  }

  /// Pixels in a strip: whole tiles, whose windows stay in the nearest caches.
  static std::int64_t strip_of(std::int64_t taps) {
    constexpr std::int64_t kTile = 12, kMostTiles = 8, kFloats = 8192;
    return std::clamp<std::int64_t>(kFloats / (taps * kTile), 1, kMostTiles) * kTile;
  }

  /// `count` pixels from `pixel` on, which are written to `y`.
  void convolve(const float* image, std::int64_t pixel, std::int64_t count, float* windows,
                float* y) const {
    for (std::size_t group = 0; group < weights_.size(); ++group) {
      const auto at = static_cast<std::int64_t>(group);
      copy_windows(image + at * depth_, pixel, count, windows);
      weights_[group].run({.x = windows,
                           .x_pixel = taps_,
                           .rows = 1,
                           .taps = taps_,
                           .y = y + at * filters_,
                           .y_pixel = output_.channels,
                           .pixels = count,
                           .bounds = activation_.bounds()});
    }
    activation_.apply_rest(y, count * output_.channels);
  }

  /// `channels` points to the group's channels of the image's first pixel.
  void copy_windows(const float* channels, std::int64_t pixel, std::int64_t count,
                    float* windows) const {
    std::int64_t i = pixel / output_.width, j = pixel % output_.width;
    for (; count > 0; --count) {
      windows = copy_window(channels, i * window_.stride[0] - window_.pad_begin[0],
                            j * window_.stride[1] - window_.pad_begin[1], windows);
      if (++j == output_.width) ++i, j = 0;
    }
  }

  /// The one whose first tap lies at (y, x).
  float* copy_window(const float* channels, std::int64_t y, std::int64_t x, float* window) const {
    for (std::int64_t row = 0; row < window_.kernel[0]; ++row, y += window_.dilation[0]) {
      std::int64_t at = x;
      for (std::int64_t tap = 0; tap < window_.kernel[1]; ++tap, at += window_.dilation[1]) {
        window = input_.has(y, at) ? copy_run(channels + input_.place(y, at), depth_, window)
                                   : std::fill_n(window, depth_, 0.0f);
      }
    }
    return window;
  }

  Window2d window_;
  Image input_, output_;
  std::int64_t depth_, filters_;  ///< channels of input and output, of a group
  std::int64_t taps_;             ///< of a window of a group
  std::int64_t strip_;            ///< pixels whose windows are copied at once
  std::int64_t macs_;             ///< of an image
  int threads_;
  FusedActivation activation_;
  std::vector<TiledWeights> weights_;  ///< of each group
};

}  // namespace

bool im2col_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Conv2d>(computing_node(request.graph, step).op);
}

Standing im2col_rule(const PlanRequest& request, const PlanStep& step) {
  const bool is_for_others =
      tiled_convolution_supports(request, step) || depthwise_supports(request, step);
  return {is_for_others ? Rank::kLastResort : Rank::kFallback};
}

std::unique_ptr<Kernel> make_im2col(const KernelContext& context) {
  return std::make_unique<Im2colConvolution>(context);
}

}  // namespace ockham::cpu
