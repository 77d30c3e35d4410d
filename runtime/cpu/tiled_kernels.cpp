// Convolutions and linear layers on our own tiles of vectors: ahead of oneDNN's where a layer is
// small, as pruned ones are, and level with them where it is large.
#include <algorithm>

#include "runtime/cpu/bfloat16_choice.h"
#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/row_chain_planner.h"
#include "runtime/cpu/tiled_weights.h"
#include "runtime/cpu/window_axis.h"

namespace ockham::cpu {
namespace {

/// What a thread computes: pixels (or images of a linear layer) by the strip, channels by the tile.
struct TileRange {
  std::int64_t first_strip, last_strip, first_tile, last_tile;

  std::int64_t parts() const { return (last_strip - first_strip) * (last_tile - first_tile); }
};

/// What parts `first` to `last` of a layer begin with, which are counted strip by strip, tile after
/// tile: several tiles that have all strips, or some strips of one.
TileRange first_range(std::int64_t first, std::int64_t last, std::int64_t strips) {
  const std::int64_t tile = first / strips, begin = first % strips, count = last - first;
  if (begin == 0 && count >= strips) return {0, strips, tile, tile + count / strips};
  return {begin, std::min(strips, begin + count), tile, tile + 1};
}

/// Calls `compute(TileRange, thread)` for parts of a layer: strips, and tiles of channels, too,
/// where there are fewer strips than threads want.
template <class Compute>
void share_layer(ThreadPool& threads, std::int64_t strips, std::int64_t tiles, std::int64_t macs,
                 const Compute& compute) {
  const bool whole = tiles == 1 || strips >= std::int64_t{4} * threads.threads();
  const std::int64_t parts = whole ? 1 : tiles;
  threads.share(strips * parts, macs / (strips * parts),
                [&](std::int64_t first, std::int64_t last, int thread) {
                  if (whole) return compute(TileRange{first, last, 0, tiles}, thread);
                  while (first < last) {
                    const TileRange range = first_range(first, last, strips);
                    compute(range, thread);
                    first += range.parts();
                  }
                });
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
  TiledLinear(const KernelContext& context, StoredType weight_type)
      : columns_(weight_shape(context)[1]),
        neurons_(weight_shape(context)[0]),
        is_single_(context.plan.max_batch == 1),
        activation_(context),
        weights_(context, weight_type) {}

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
    return Status::kOk;
  }

  std::string implementation() const override { return weights_.target_name(); }

 private:
  /// To these images.
  void apply(const KernelArguments& arguments, std::int64_t first, std::int64_t last,
             const TileRange& range) const {
    float* const y = arguments.output + first * neurons_;
    weights_.run({.x = arguments.inputs[0] + first * columns_,
                  .x_pixel = columns_,
                  .rows = 1,
                  .taps = columns_,
                  .y = y,
                  .y_pixel = neurons_,
                  .pixels = last - first,
                  .bounds = activation_.bounds(),
                  .single = is_single_},
                 range.first_tile, range.last_tile);
    const auto [channel, channels] = weights_.channels(range.first_tile, range.last_tile);
    activation_.apply_rest(y + channel, last - first, channels, neurons_);
  }

  static const Shape& weight_shape(const KernelContext& context) {
    const Node& node = computing_node(context.graph, context.step);
    return context.graph.value(node.inputs[1]).shape;
  }

  std::int64_t columns_, neurons_;
  bool is_single_;  ///< only ever one image
  FusedActivation activation_;
  TiledWeights weights_;
};

class TiledConvolution : public Kernel, public RowKernel {
 public:
  TiledConvolution(const KernelContext& context, StoredType weight_type)
      : window_(std::get<Conv2d>(computing_node(context.graph, context.step).op).window),
        input_(image_of(context.graph.value(context.read(0).value).shape)),
        padded_(padded_image(input_, window_)),
        output_(image_of(context.graph.value(context.step.output).shape)),
        is_pointwise_(has_pointwise_window()),
        adds_residual_(context.step.residual >= 0),
        is_single_(!is_pointwise_ || context.plan.max_batch == 1),
        macs_(context.step.macs),
        threads_(context.threads),
        activation_(context),
        weights_(context, weight_type) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t images = is_pointwise_ ? 1 : arguments.batch;
    const std::int64_t pixels = arguments.batch * output_.pixels() / images;
    const std::int64_t tiles = weights_.tiles();
    if (arguments.threads.threads() == 1) {  // at once: there are layers of a few products
      if (is_pointwise_) {
        convolve_pixels(arguments, pixels);
        return Status::kOk;
      }
      for (std::int64_t n = 0; n < images; ++n) {
        convolve(arguments, n, 0, pixels, {0, 1, 0, tiles}, 0);
      }
      return Status::kOk;
    }
    const PixelStrips strips(pixels);
    share_layer(
        arguments.threads, images * strips.count(), tiles, arguments.batch * macs_,
        [&](const TileRange& range, int thread) { convolve(arguments, strips, range, thread); });
    return Status::kOk;
  }

  std::string implementation() const override { return weights_.target_name(); }

  /// A row of a single pixel would be summed in another order by itself than among others.
  const RowKernel* by_rows() const override { return output_.width > 1 ? this : nullptr; }

  Rows rows_read(std::size_t input, const Rows& rows) const override {
    if (input > 0) return rows;  // of the residual
    return WindowAxis(window_, 0, input_.height, output_.height).seen_by(rows);
  }

  void run_rows(const KernelArguments& arguments, const Rows& rows) const noexcept override {
    const std::int64_t width = output_.width;
    convolve(arguments, 0, rows.first * width, rows.last * width, {0, 1, 0, weights_.tiles()}, 0);
  }

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

  /// Rows of the padded image that rows of outputs look at.
  Rows seen_by(std::int64_t first, std::int64_t last) const {
    return {first * window_.stride[0], (last - 1) * window_.stride[0] + window_.kernel[0]};
  }

  /// Copies the image's part of these rows, with zeros around it.
  void copy_into(float* frame, const float* x, const Rows& rows) const {
    const std::int64_t before = window_.pad_begin[1] * input_.channels;
    const std::int64_t behind = window_.pad_end[1] * input_.channels;
    for (std::int64_t y = rows.first; y < rows.last; ++y) {
      float* to = frame + y * padded_.row();
      const std::int64_t row = y - window_.pad_begin[0];
      if (row < 0 || row >= input_.height) {
        std::fill_n(to, padded_.row(), 0.0f);
        continue;
      }
      to = std::fill_n(to, before, 0.0f);
      to = std::copy_n(x + row * input_.row(), input_.row(), to);
      std::fill_n(to, behind, 0.0f);
    }
  }

  /// Strips are those of one image after the other.
  void convolve(const KernelArguments& arguments, const PixelStrips& strips, const TileRange& range,
                int thread) const {
    auto [n, first] = image_part(range.first_strip, strips.count());
    for (std::int64_t left = range.last_strip - range.first_strip; left > 0; ++n) {
      const std::int64_t last = std::min(strips.count(), first + left);
      convolve(arguments, n, strips.first_pixel(first), strips.first_pixel(last), range, thread);
      left -= last - first;
      first = 0;
    }
  }

  /// These pixels of image `n`. A pointwise convolution has all images in one line of pixels.
  void convolve(const KernelArguments& arguments, std::int64_t n, std::int64_t first,
                std::int64_t last, const TileRange& range, int thread) const {
    const std::int64_t width = is_pointwise_ ? last : output_.width;
    const std::int64_t line = first / width, column = first % width;
    const float* x = arguments.inputs[0] + n * input_.elements();
    if (is_padded()) {
      float* const framed = frame(arguments, thread);
      copy_into(framed, x, seen_by(line, (last - 1) / width + 1));
      x = framed;
    }
    const std::int64_t x_pixel = window_.stride[1] * input_.channels;
    const std::int64_t x_line = window_.stride[0] * padded_.row();
    const std::int64_t place = n * output_.elements() + first * output_.channels;
    float* const y = arguments.output + place;
    weights_.run({.x = x + line * x_line + column * x_pixel,
                  .x_pixel = x_pixel,
                  .x_line = x_line,
                  .width = width,
                  .column = column,
                  .x_row = padded_.row(),
                  .rows = window_.kernel[0],
                  .taps = window_.kernel[1] * input_.channels,
                  .y = y,
                  .y_pixel = output_.channels,
                  .residual = adds_residual_ ? arguments.inputs.back() + place : nullptr,
                  .pixels = last - first,
                  .bounds = activation_.bounds(),
                  .single = is_single_},
                 range.first_tile, range.last_tile);
    const auto [channel, channels] = weights_.channels(range.first_tile, range.last_tile);
    activation_.apply_rest(y + channel, last - first, channels, output_.channels);
  }

  /// All pixels and channels of a pointwise convolution.
  void convolve_pixels(const KernelArguments& arguments, std::int64_t pixels) const {
    weights_.run({.x = arguments.inputs[0],
                  .x_pixel = input_.channels,
                  .taps = input_.channels,
                  .y = arguments.output,
                  .y_pixel = output_.channels,
                  .residual = adds_residual_ ? arguments.inputs.back() : nullptr,
                  .pixels = pixels,
                  .bounds = activation_.bounds(),
                  .single = is_single_});
    activation_.apply_rest(arguments.output, pixels * output_.channels);
  }

  bool has_pointwise_window() const {
    return window_.kernel[0] == 1 && window_.kernel[1] == 1 && window_.stride[0] == 1 &&
           window_.stride[1] == 1 && !is_padded();
  }

  Window2d window_;
  Image input_, padded_, output_;
  bool is_pointwise_, adds_residual_;
  bool is_single_;     ///< an only pixel is never among those of other images
  std::int64_t macs_;  ///< of an image
  int threads_;
  FusedActivation activation_;
  TiledWeights weights_;
};

/// MACs of one image up to which our tiles win over oneDNN, whatever the channels: its calls cost
/// about a microsecond, and its vectors are full only when channels are a multiple of 16. Measured
/// on an AMD EPYC (Zen 2, AVX2), as what follows.
constexpr std::int64_t kSmallConvolution = 8'000'000, kSmallLinear = 500'000;
/// The same where an output is the sum of so few products that our tiles are mostly reads and
/// writes, as in a first layer.
constexpr std::int64_t kFewProducts = 32, kSmallConvolutionOfFewProducts = 4'000'000;
/// Outputs beyond which it pays that they can pass in strips, as oneDNN's cannot.
constexpr std::int64_t kLarge = kCacheBytes / sizeof(float), kLargeOfFewProducts = 8 * kLarge;
/// Products of an output from which on our tiles are as fast, however large the layer is.
constexpr std::int64_t kManyProducts = 512;
/// Elements of a padded image. Padding may be huge, and is copied.
constexpr std::int64_t kLargestPadded = std::int64_t{1} << 26;

Standing tiles_rule(const PlanRequest& request, bool wins) {
  if (request.threads > 1) return {Rank::kPreferred, "threads can share it"};
  if (wins) return {Rank::kPreferred, "own tiles win at this size"};
  return {Rank::kFallback};
}

std::int64_t weights_of(const PlanRequest& request, const PlanStep& step) {
  return request.graph.value(computing_node(request.graph, step).inputs[1]).shape.elements();
}

Standing bfloat16_rule(const char* why_not) {
  if (why_not == nullptr) return {Rank::kPreferred};
  return {Rank::kOnRequest, why_not};
}

}  // namespace

bool tiled_linear_supports(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Linear>(computing_node(request.graph, step).op);
}

Standing tiled_linear_rule(const PlanRequest& request, const PlanStep& step) {
  return tiles_rule(request, step.macs <= kSmallLinear);
}

std::unique_ptr<Kernel> make_tiled_linear(const KernelContext& context) {
  return std::make_unique<TiledLinear>(context, StoredType::kFloat32);
}

bool bfloat16_linear_supports(const PlanRequest& request, const PlanStep& step) {
  return request.precision == Precision::kBfloat16 && tiled_linear_supports(request, step);
}

Standing bfloat16_linear_rule(const PlanRequest& request, const PlanStep& step) {
  return bfloat16_rule(why_not_bfloat16(weights_of(request, step), 1));
}

std::unique_ptr<Kernel> make_bfloat16_linear(const KernelContext& context) {
  return std::make_unique<TiledLinear>(context, StoredType::kBfloat16);
}

bool tiled_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  const Node& node = computing_node(request.graph, step);
  const auto* op = std::get_if<Conv2d>(&node.op);
  if (op == nullptr || op->groups != 1 || !may_add_residual(request, step)) return false;
  const Window2d& window = op->window;
  if (window.dilation[0] != 1 || window.dilation[1] != 1) return false;
  const Image input = image_of(request.graph.value(node.inputs[0]).shape);
  const Image padded = padded_image(input, window);
  return saturating_multiply(saturating_multiply(padded.height, padded.width), padded.channels) <=
         kLargestPadded;
}

Standing tiled_convolution_rule(const PlanRequest& request, const PlanStep& step) {
  const std::int64_t outputs = request.graph.value(step.output).shape.elements();
  const bool has_many_products = step.macs >= outputs * kManyProducts;
  const bool has_few_products = step.macs <= outputs * kFewProducts;
  const std::int64_t small = has_few_products ? kSmallConvolutionOfFewProducts : kSmallConvolution;
  if (has_many_products || step.macs <= small) return tiles_rule(request, true);
  const std::int64_t floats = saturating_multiply(outputs, request.max_batch);
  if (request.threads == 1 && floats > (has_few_products ? kLargeOfFewProducts : kLarge)) {
    return {Rank::kPreferred, "what it computes can pass in strips"};
  }
  return tiles_rule(request, false);
}

std::unique_ptr<Kernel> make_tiled_convolution(const KernelContext& context) {
  return std::make_unique<TiledConvolution>(context, StoredType::kFloat32);
}

bool bfloat16_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  return request.precision == Precision::kBfloat16 && tiled_convolution_supports(request, step);
}

Standing bfloat16_convolution_rule(const PlanRequest& request, const PlanStep& step) {
  const Image output = image_of(request.graph.value(step.output).shape);
  return bfloat16_rule(why_not_bfloat16(weights_of(request, step), output.pixels()));
}

std::unique_ptr<Kernel> make_bfloat16_convolution(const KernelContext& context) {
  return std::make_unique<TiledConvolution>(context, StoredType::kBfloat16);
}

}  // namespace ockham::cpu
