// 3x3 convolutions of stride 1 with fewer multiplications (vector/winograd.h).
#include <algorithm>

#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/tiled_weights.h"
#include "runtime/cpu/window_axis.h"
#include "runtime/cpu/winograd_choice.h"

namespace ockham::cpu {
namespace {

constexpr std::int64_t kSide = 3, kTaps = kSide * kSide;
constexpr std::int64_t kLine = 16;  ///< floats

/// Weights of each product in the order that tiles read them in.
class WinogradWeights {
 public:
  /// `plain` are those of the convolution, of the same vectors.
  WinogradWeights(const KernelContext& context, WinogradTile tile, const VectorTarget& target,
                  std::int64_t channels, std::int64_t filters, const TiledWeights& plain)
      : size_(divide_up(weight_channels(target, filters) * channels, kLine) * kLine) {
    const std::string key = layer_weights_key(context.graph, context.step) + " winograd " +
                            std::to_string(outputs_of(tile)) + " " + target.name;
    const auto bytes = static_cast<std::size_t>(products_of(tile) * size_) * sizeof(float);
    block_ = context.weights.get(key, bytes, [&](AlignedBuffer& block) {
      const std::int64_t width = kTileVectors * target.lanes;
      for (std::int64_t first = 0; first < filters; first += width) {
        const std::int64_t from = tile_weight_index(target, filters, kTaps * channels, first, 0);
        const std::int64_t to = tile_weight_index(target, filters, channels, first, 0);
        target.winograd_filters(
            {.tile = tile,
             .taps = plain.weights() + from,
             .channels = channels,
             .filters = std::min(width, weight_channels(target, filters) - first),
             .products = block.floats() + to,
             .product_stride = size_});
      }
    });
  }

  const float* of_product(std::int64_t k) const { return block_->floats() + k * size_; }

 private:
  std::int64_t size_;  ///< floats of a product, in whole lines of a cache
  std::shared_ptr<const AlignedBuffer> block_;
};

class WinogradConvolution : public Kernel {
 public:
  explicit WinogradConvolution(const KernelContext& context)
      : WinogradConvolution(context,
                            std::get<Conv2d>(computing_node(context.graph, context.step).op).window,
                            image_of(context.graph.value(context.read(0).value).shape),
                            image_of(context.graph.value(context.step.output).shape)) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const Scratch scratch = divide(reinterpret_cast<float*>(arguments.scratch));
    std::fill_n(scratch.zeros, scratch.patches - scratch.zeros, 0.0f);
    const std::int64_t tiles = all_tiles(arguments.batch);
    for (std::int64_t first = 0; first < tiles; first += block_) {
      compute_block(first, std::min(block_, tiles - first), arguments, scratch);
    }
    activation_.apply_rest(arguments.output, arguments.batch * output_.elements());
    return Status::kOk;
  }

  std::string implementation() const override {
    const std::string outputs = std::to_string(outputs_of(tile_));
    return outputs + "x" + outputs + ":" + target_.name;
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(divide(nullptr).floats) * sizeof(float);
  }

 private:
  /// What a run keeps.
  struct Scratch {
    float* factors;       ///< [product][tile][channel of the input]
    float* sums;          ///< [product][tile][channel of the output, padded]
    float* zeros;         ///< a pixel outside the image, and biases of products
    float* patches;       ///< a tile's pixels, and a row of its outputs, for each thread
    std::int64_t floats;  ///< of all
  };

  /// Of a tile.
  struct Place {
    const float* input;        ///< its image
    float* output;             ///< its image
    const float* residual;     ///< what is added to that; null: nothing
    std::int64_t row, column;  ///< of its first output
  };

  WinogradConvolution(const KernelContext& context, const Window2d& window, const Image& input,
                      const Image& output)
      : tile_(*winograd_tile(context.plan.max_batch, input, output)),
        pad_{window.pad_begin[0], window.pad_begin[1]},
        input_(input),
        output_(output),
        target_(vector_target(output.channels)),
        padded_(padded_channels(target_, output.channels)),
        columns_of_tiles_(divide_up(output.width, outputs_of(tile_))),
        threads_(context.threads),
        adds_residual_(context.step.residual >= 0),
        block_(winograd_block(tile_, input, output, all_tiles(context.plan.max_batch))),
        plain_(context),
        weights_(context, tile_, target_, input.channels, output.channels, plain_),
        activation_(context) {}

  int products() const { return products_of(tile_); }

  std::int64_t all_tiles(std::int64_t batch) const {
    return saturating_multiply(batch, winograd_tiles(tile_, output_));
  }

  /// Floats from one product's part of them to the next product's: one line of a cache more than
  /// they are, as lines that lie powers of two apart drive each other out.
  std::int64_t factor_stride() const { return block_ * input_.channels + kLine; }
  std::int64_t sum_stride() const { return block_ * padded_ + kLine; }

  Scratch divide(float* scratch) const {
    std::int64_t used = 0;
    const auto take = [&](std::int64_t floats) {
      float* const taken = scratch == nullptr ? nullptr : scratch + used;
      used += floats;
      return taken;
    };
    Scratch divided;
    divided.factors = take(products() * factor_stride());
    divided.sums = take(products() * sum_stride());
    divided.zeros = take(std::max(input_.channels, padded_));
    divided.patches = take(threads_ * (patch_floats() + row_floats()));
    divided.floats = used;
    return divided;
  }

  std::int64_t patch_floats() const { return products() * input_.channels; }
  std::int64_t row_floats() const { return outputs_of(tile_) * output_.channels; }
  float* patch(const Scratch& scratch, int thread) const {
    return scratch.patches + thread * (patch_floats() + row_floats());
  }
  float* row(const Scratch& scratch, int thread) const {
    return patch(scratch, thread) + patch_floats();
  }

  /// So many tiles from the first on: threads share the transforms by the tile, and what lies
  /// between by the product.
  void compute_block(std::int64_t first, std::int64_t count, const KernelArguments& arguments,
                     const Scratch& scratch) const {
    using Index = std::int64_t;
    // Sums of six numbers along both axes, for each product.
    const Index transform = Index{12} * products();
    arguments.threads.share(count, transform * input_.channels, [&](Index i, Index end, int) {
      for (; i < end; ++i) transform_input(place(first + i, arguments), i, scratch);
    });
    arguments.threads.share(products(), count * input_.channels * padded_,
                            [&](Index k, Index end, int) {
                              for (; k < end; ++k) multiply(k, count, scratch);
                            });
    arguments.threads.share(count, transform * output_.channels,
                            [&](Index i, Index end, int thread) {
                              for (; i < end; ++i) {
                                const Place at = place(first + i, arguments);
                                if (transform_output(at, i, scratch, row(scratch, thread)))
                                  continue;
                                convolve(at, scratch, patch(scratch, thread));
                              }
                            });
  }

  Place place(std::int64_t tile, const KernelArguments& arguments) const {
    const std::int64_t image = tile / winograd_tiles(tile_, output_);
    const std::int64_t in_image = tile % winograd_tiles(tile_, output_);
    return {arguments.inputs[0] + image * input_.elements(),
            arguments.output + image * output_.elements(),
            adds_residual_ ? arguments.inputs.back() + image * output_.elements() : nullptr,
            in_image / columns_of_tiles_ * outputs_of(tile_),
            in_image % columns_of_tiles_ * outputs_of(tile_)};
  }

  /// Calls `visit` with each of the pixels that a tile reads, row by row: zeros outside the image.
  template <class Visit>
  void each_pixel(const Place& at, const Scratch& scratch, const Visit& visit) const {
    const std::int64_t top = at.row - pad_[0], left = at.column - pad_[1];
    for (std::int64_t y = top; y < top + pixels_of(tile_); ++y) {
      for (std::int64_t x = left; x < left + pixels_of(tile_); ++x) {
        visit(input_.has(y, x) ? at.input + input_.place(y, x) : scratch.zeros);
      }
    }
  }

  /// Of number `i` of a block.
  void transform_input(const Place& at, std::int64_t i, const Scratch& scratch) const {
    WinogradInput transform{.tile = tile_,
                            .channels = input_.channels,
                            .products = scratch.factors + i * input_.channels,
                            .product_stride = factor_stride()};
    const float** next = transform.pixels;
    each_pixel(at, scratch, [&](const float* pixel) { *next++ = pixel; });
    target_.winograd_input(transform);
  }

  /// Product `k` of each tile.
  void multiply(std::int64_t k, std::int64_t tiles, const Scratch& scratch) const {
    target_.run_tiles({.x = scratch.factors + k * factor_stride(),
                       .x_pixel = input_.channels,
                       .rows = 1,
                       .taps = input_.channels,
                       .weights = weights_.of_product(k),
                       .bias = scratch.zeros,
                       .y = scratch.sums + k * sum_stride(),
                       .y_pixel = padded_,
                       .pixels = tiles,
                       .channels = weight_channels(target_, output_.channels),
                       .single = false});
  }

  /// Returns false where not all are finite.
  bool transform_output(const Place& at, std::int64_t i, const Scratch& scratch,
                        float* outside) const {
    WinogradOutput transform{.tile = tile_,
                             .products = scratch.sums + i * padded_,
                             .product_stride = sum_stride(),
                             .bias = plain_.bias(),
                             .channels = output_.channels,
                             .bounds = activation_.bounds(),
                             .adds_residual = adds_residual_};
    float** next = transform.pixels;
    const float** added = transform.residual;
    for (std::int64_t y = at.row; y < at.row + outputs_of(tile_); ++y) {
      for (std::int64_t x = at.column; x < at.column + outputs_of(tile_); ++x) {
        const bool is_inside = output_.has(y, x);
        *next++ = is_inside ? at.output + output_.place(y, x) : outside;
        if (!adds_residual_) continue;
        *added++ = is_inside ? at.residual + output_.place(y, x) : scratch.zeros;
      }
    }
    return target_.winograd_output(transform);
  }

  /// The tile as it is without transforms, in which one pixel that is not finite spoils all.
  void convolve(const Place& at, const Scratch& scratch, float* patch) const {
    float* next = patch;
    each_pixel(at, scratch,
               [&](const float* pixel) { next = std::copy_n(pixel, input_.channels, next); });
    const std::int64_t row_of_patch = pixels_of(tile_) * input_.channels;
    const std::int64_t last = std::min(at.row + outputs_of(tile_), output_.height);
    const std::int64_t columns =
        std::min<std::int64_t>(outputs_of(tile_), output_.width - at.column);
    for (std::int64_t y = at.row; y < last; ++y) {
      plain_.run({.x = patch + (y - at.row) * row_of_patch,
                  .x_pixel = input_.channels,
                  .x_row = row_of_patch,
                  .rows = kSide,
                  .taps = kSide * input_.channels,
                  .y = at.output + output_.place(y, at.column),
                  .y_pixel = output_.channels,
                  .residual = adds_residual_ ? at.residual + output_.place(y, at.column) : nullptr,
                  .pixels = columns,
                  .bounds = activation_.bounds()});
    }
  }

  WinogradTile tile_;
  std::int64_t pad_[2];
  Image input_, output_;
  const VectorTarget& target_;
  std::int64_t padded_;  ///< channels of the output, in whole vectors
  std::int64_t columns_of_tiles_;
  int threads_;
  bool adds_residual_;
  std::int64_t block_;  ///< tiles that are transformed and multiplied together
  TiledWeights plain_;
  WinogradWeights weights_;
  FusedActivation activation_;
};

struct Images {
  Image input, output;
};

/// What the node reads and computes.
Images images_of(const Graph& graph, const Node& node) {
  return {image_of(graph.value(node.inputs[0]).shape),
          image_of(graph.value(node.outputs[0]).shape)};
}

}  // namespace

bool winograd_supports(const PlanRequest& request, const PlanStep& step) {
  const Node& node = computing_node(request.graph, step);
  const auto* op = std::get_if<Conv2d>(&node.op);
  if (op == nullptr || op->groups != 1 || !may_add_residual(request, step)) return false;
  const auto is = [](const std::int64_t(&extents)[2], std::int64_t extent) {
    return extents[0] == extent && extents[1] == extent;
  };
  const Window2d& window = op->window;
  const auto [input, output] = images_of(request.graph, node);
  return is(window.kernel, kSide) && is(window.stride, 1) && is(window.dilation, 1) &&
         winograd_tile(request.max_batch, input, output).has_value();
}

Standing winograd_rule(const PlanRequest& request, const PlanStep& step) {
  const auto [input, output] = images_of(request.graph, computing_node(request.graph, step));
  return {winograd_wins(request.max_batch, input, output) ? Rank::kPreferred : Rank::kOnRequest};
}

std::unique_ptr<Kernel> make_winograd(const KernelContext& context) {
  return std::make_unique<WinogradConvolution>(context);
}

}  // namespace ockham::cpu
