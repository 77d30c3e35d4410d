// Convolutions and linear layers on our own tiles of vectors: ahead of oneDNN's where a layer is
// small, as pruned ones are.
#include <algorithm>

#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/tiled_weights.h"

namespace ockham::cpu {
namespace {

/// What a thread computes: pixels (or images of a linear layer) by the strip, channels by the tile.
struct TileRange {
  std::int64_t first_strip, last_strip, first_tile, last_tile;
};

/// Calls `compute(TileRange, thread)` for parts of a layer: strips, and tiles of channels, too,
/// where there are fewer strips than threads want. Returns whether all parts had all tiles.
template <class Compute>
bool share_layer(ThreadPool& threads, std::int64_t strips, std::int64_t tiles, std::int64_t macs,
                 const Compute& compute) {
  const bool whole = tiles == 1 || strips >= std::int64_t{4} * threads.threads();
  const std::int64_t parts = whole ? 1 : tiles;
  threads.share(strips * parts, macs / (strips * parts),
                [&](std::int64_t first, std::int64_t last, int thread) {
                  if (whole) return compute(TileRange{first, last, 0, tiles}, thread);
                  while (first < last) {
                    const std::int64_t tile = first / strips, begin = first % strips;
                    const std::int64_t end = std::min(strips, begin + last - first);
                    compute(TileRange{begin, end, tile, tile + 1}, thread);
                    first += end - begin;
                  }
                });
  return whole;
}

/// Pixels in a row of any length, divided into strips that are long enough for full tiles. A strip
/// of a single pixel would be summed in another order than one of a longer row.
class PixelStrips {
 public:
  explicit PixelStrips(std::int64_t pixels)
      : pixels_(pixels), count_(std::max<std::int64_t>(1, pixels / kPixels)) {}
  std::int64_t count() const { return count_; }
  std::int64_t first_pixel(std::int64_t strip) const {
    return pixels_ / count_ * strip + std::min(strip, pixels_ % count_);
  }

 private:
  static constexpr std::int64_t kPixels = 12;

  std::int64_t pixels_, count_;
};

class TiledLinear : public Kernel {
 public:
  explicit TiledLinear(const KernelContext& context)
      : columns_(weight_shape(context)[1]),
        neurons_(weight_shape(context)[0]),
        activation_(context),
        weights_(context) {}

  Status run(const KernelArguments& arguments) noexcept override {
    if (arguments.threads.threads() == 1) {  // at once: there are layers of a few products
      apply(arguments, 0, arguments.batch, {0, 1, 0, weights_.tiles()});
    } else {
      const PixelStrips strips(arguments.batch);
      share_layer(arguments.threads, strips.count(), weights_.tiles(),
                  arguments.batch * columns_ * neurons_, [&](const TileRange& range, int) {
                    apply(arguments, strips.first_pixel(range.first_strip),
                          strips.first_pixel(range.last_strip), range);
                  });
    }
    activation_.apply_rest(arguments.output, arguments.batch * neurons_);
    return Status::kOk;
  }

  std::string implementation() const override { return weights_.target_name(); }

 private:
  /// To these images.
  void apply(const KernelArguments& arguments, std::int64_t first, std::int64_t last,
             const TileRange& range) const {
    weights_.run({.x = arguments.inputs[0] + first * columns_,
                  .x_pixel = columns_,
                  .rows = 1,
                  .taps = columns_,
                  .y = arguments.output + first * neurons_,
                  .y_pixel = neurons_,
                  .pixels = last - first,
                  .bounds = activation_.bounds()},
                 range.first_tile, range.last_tile);
  }

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
        is_pointwise_(has_pointwise_window()),
        macs_(context.step.macs),
        threads_(context.threads),
        activation_(context),
        weights_(context) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t rows = arguments.batch * output_.height, pixels = rows * output_.width;
    const std::int64_t tiles = weights_.tiles();
    if (arguments.threads.threads() == 1) {  // at once: there are layers of a few products
      if (is_pointwise_) {
        convolve_pixels(arguments, 0, pixels, {0, 1, 0, tiles});
      } else {
        convolve_rows(arguments, {0, rows, 0, tiles}, frame(arguments, 0));
      }
      return Status::kOk;
    }
    const PixelStrips strips(pixels);
    const bool whole =
        share_layer(arguments.threads, is_pointwise_ ? strips.count() : rows, tiles,
                    arguments.batch * macs_, [&](const TileRange& range, int thread) {
                      if (!is_pointwise_)
                        return convolve_rows(arguments, range, frame(arguments, thread));
                      convolve_pixels(arguments, strips.first_pixel(range.first_strip),
                                      strips.first_pixel(range.last_strip), range);
                    });
    if (!whole) activation_.apply_rest(arguments.output, arguments.batch * output_.elements());
    return Status::kOk;
  }

  std::string implementation() const override { return weights_.target_name(); }

  std::size_t scratch_bytes() const override {
    const std::int64_t floats = is_padded() ? threads_ * padded_.elements() : 0;
    return static_cast<std::size_t>(floats) * sizeof(float);
  }

 private:
  bool is_padded() const {
    return padded_.height != input_.height || padded_.width != input_.width;
  }

  /// Where a thread keeps its image with padding.
  float* frame(const KernelArguments& arguments, int thread) const {
    return reinterpret_cast<float*>(arguments.scratch) + thread * padded_.elements();
  }

  /// Rows of the padded image.
  struct Rows {
    std::int64_t first, last;
  };

  /// That rows of outputs look at.
  Rows seen_by(std::int64_t first, std::int64_t last) const {
    return {first * window_.stride[0], (last - 1) * window_.stride[0] + window_.kernel[0]};
  }

  void clear(float* frame, const Rows& rows) const {
    std::fill(frame + rows.first * padded_.row(), frame + rows.last * padded_.row(), 0.0f);
  }

  void copy_into(float* frame, const float* x, const Rows& rows) const {
    const std::int64_t pad = window_.pad_begin[0];
    const std::int64_t last = std::min(rows.last, input_.height + pad);
    for (std::int64_t y = std::max(rows.first, pad); y < last; ++y) {
      std::copy_n(x + (y - pad) * input_.row(), input_.row(),
                  frame + y * padded_.row() + window_.pad_begin[1] * input_.channels);
    }
  }

  /// Strips are rows of outputs, of one image after the other.
  void convolve_rows(const KernelArguments& arguments, const TileRange& range, float* frame) const {
    const std::int64_t height = output_.height;
    const std::int64_t count = range.last_strip - range.first_strip;
    auto [n, first] = image_part(range.first_strip, height);
    if (is_padded()) {
      const bool in_one_image = first + count <= height;
      clear(frame, in_one_image ? seen_by(first, first + count) : Rows{0, padded_.height});
    }
    for (std::int64_t left = count; left > 0; ++n, first = 0) {
      const std::int64_t last = std::min(height, first + left);
      const float* x = arguments.inputs[0] + n * input_.elements();
      if (is_padded()) {
        copy_into(frame, x, seen_by(first, last));
        x = frame;
      }
      float* y = arguments.output + n * output_.elements();
      for (std::int64_t i = first; i < last; ++i) convolve_row(x, y, i, range);
      left -= last - first;
    }
  }

  void convolve_row(const float* x, float* y, std::int64_t i, const TileRange& range) const {
    float* const outputs = y + i * output_.row();
    weights_.run({.x = x + i * window_.stride[0] * padded_.row(),
                  .x_pixel = window_.stride[1] * input_.channels,
                  .x_row = padded_.row(),
                  .rows = window_.kernel[0],
                  .taps = window_.kernel[1] * input_.channels,
                  .y = outputs,
                  .y_pixel = output_.channels,
                  .pixels = output_.width,
                  .bounds = activation_.bounds()},
                 range.first_tile, range.last_tile);
    if (has_all(range)) activation_.apply_rest(outputs, output_.row());
  }

  /// Pixels of all images lie behind each other, in and out.
  void convolve_pixels(const KernelArguments& arguments, std::int64_t first, std::int64_t last,
                       const TileRange& range) const {
    const std::int64_t count = last - first;
    float* const outputs = arguments.output + first * output_.channels;
    weights_.run({.x = arguments.inputs[0] + first * input_.channels,
                  .x_pixel = input_.channels,
                  .rows = 1,
                  .taps = input_.channels,
                  .y = outputs,
                  .y_pixel = output_.channels,
                  .pixels = count,
                  .bounds = activation_.bounds()},
                 range.first_tile, range.last_tile);
    if (has_all(range)) activation_.apply_rest(outputs, count * output_.channels);
  }

  bool has_all(const TileRange& range) const {
    return range.last_tile - range.first_tile == weights_.tiles();
  }

  bool has_pointwise_window() const {
    return window_.kernel[0] == 1 && window_.kernel[1] == 1 && window_.stride[0] == 1 &&
           window_.stride[1] == 1 && !is_padded();
  }

  Window2d window_;
  Image input_, padded_, output_;
  bool is_pointwise_;
  std::int64_t macs_;  ///< of an image
  int threads_;
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
/// Elements of a padded image. Padding may be huge, and is copied.
constexpr std::int64_t kLargestPadded = std::int64_t{1} << 26;

Standing tiles_rule(const PlanRequest& request, bool is_small) {
  if (request.threads > 1) return {Rank::kPreferred, "threads can share it"};
  if (is_small) return {Rank::kPreferred, "small: own tiles are faster than oneDNN"};
  return {Rank::kFallback};
}

}  // namespace

bool tiled_linear_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Linear>(computing_node(request.graph, step).op);
}

Standing tiled_linear_rule(const PlanRequest& request, const PlanStep& step) {
  return tiles_rule(request, step.macs <= kSmallLinear);
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
  const Image padded = padded_image(input, window);
  return saturating_multiply(saturating_multiply(padded.height, padded.width), padded.channels) <=
         kLargestPadded;
}

Standing tiled_convolution_rule(const PlanRequest& request, const PlanStep& step) {
  const std::int64_t outputs = request.graph.value(step.output).shape.elements();
  const bool has_few_products = step.macs <= outputs * kFewProducts;
  return tiles_rule(request, step.macs <= (has_few_products ? kSmallConvolutionOfFewProducts
                                                            : kSmallConvolution));
}

std::unique_ptr<Kernel> make_tiled_convolution(const KernelContext& context) {
  return std::make_unique<TiledConvolution>(context);
}

}  // namespace ockham::cpu
