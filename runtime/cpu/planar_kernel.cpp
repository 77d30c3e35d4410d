// Convolutions of few channels on vectors that run over pixels, with the max pool behind them.
#include <algorithm>
#include <vector>

#include "runtime/cpu/fused_activation.h"
#include "runtime/cpu/image.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/planar_choice.h"
#include "runtime/cpu/transpose.h"
#include "runtime/cpu/vector/planar.h"
#include "runtime/cpu/vector/targets.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cpu {
namespace {

/// Outputs that are computed; those that a pool leaves out are not.
struct Outputs {
  std::int64_t rows, columns;
};

Outputs outputs_of(const Graph& graph, const PlanStep& step) {
  const Shape& written = graph.value(step.output).shape;
  const std::int64_t scale = step.pool < 0 ? 1 : 2;
  return {scale * written[2], scale * written[3]};
}

class PlanarConvolution : public Kernel {
 public:
  explicit PlanarConvolution(const KernelContext& context)
      : window_(std::get<Conv2d>(computing_node(context.graph, context.step).op).window),
        input_(image_of(context.graph.value(context.read(0).value).shape)),
        padded_(padded_image(input_, window_)),
        written_(image_of(context.graph.value(context.step.output).shape)),
        outputs_(outputs_of(context.graph, context.step)),
        pools_(context.step.pool >= 0),
        macs_(context.step.macs),
        threads_(context.threads),
        target_(*vector_target_within(outputs_.columns)),
        activation_(context) {
    pack(context);
  }

  Status run(const KernelArguments& arguments) noexcept override {
    const std::int64_t pairs = outputs_.rows / 2;  // an odd row goes with the last
    arguments.threads.share(
        arguments.batch * pairs, macs_ / pairs,
        [&](std::int64_t first, std::int64_t last, int thread) {
          auto [n, begin] = image_part(first, pairs);
          for (; first < last; ++n, begin = 0) {
            const std::int64_t end = std::min(pairs, begin + last - first);
            compute(arguments, n, {2 * begin, end == pairs ? outputs_.rows : 2 * end}, thread);
            first += end - begin;
          }
        });
    return Status::kOk;
  }

  std::string implementation() const override { return target_.name; }

  std::size_t scratch_bytes() const override {
    const std::int64_t floats = is_padded() ? threads_ * padded_.elements() : 0;
    return static_cast<std::size_t>(floats) * sizeof(float);
  }

 private:
  bool is_padded() const {
    return padded_.height != input_.height || padded_.width != input_.width;
  }

  /// Weights as planar.h wants them, each group the transpose of its filters' rows, then the
  /// biases.
  void pack(const KernelContext& context) {
    const LayerRows rows(context.graph, context.step);
    const std::int64_t filters = rows.count(), taps = rows.taps();
    bias_ = filters * taps;
    const auto bytes = static_cast<std::size_t>(bias_ + filters) * sizeof(float);
    const std::string key = layer_weights_key(context.graph, context.step) + " planar";
    block_ = context.weights.get(key, bytes, [&](AlignedBuffer& block) {
      std::vector<float> of_group(static_cast<std::size_t>(kMostPlanarFilters * taps));
      for (std::int64_t group = 0; group < planar_groups(filters); ++group) {
        const std::int64_t first = first_planar_filter(filters, group);
        const std::int64_t last = first_planar_filter(filters, group + 1);
        rows.copy_weights(first, last, of_group.data());
        transpose(of_group.data(), block.floats() + planar_weight_index(filters, taps, first, 0),
                  last - first, taps);
      }
      rows.copy_biases(0, rows.count(), block.floats() + bias_);
    });
  }

  /// These rows of outputs of an image.
  void compute(const KernelArguments& arguments, std::int64_t image, const Rows& rows,
               int thread) const {
    const float* x = arguments.inputs[0] + image * input_.elements();
    if (is_padded()) {
      float* frame = reinterpret_cast<float*>(arguments.scratch) + thread * padded_.elements();
      pad(x, {rows.first, rows.last - 1 + window_.kernel[0]}, frame);
      x = frame;
    }
    const std::int64_t first_written = pools_ ? rows.first / 2 : rows.first;
    float* y = arguments.output + image * written_.elements() + first_written * written_.width;
    target_.run_planar({.x = x + rows.first * padded_.width,
                        .x_row = padded_.width,
                        .x_channel = padded_.pixels(),
                        .channels = input_.channels,
                        .window_rows = window_.kernel[0],
                        .window_columns = window_.kernel[1],
                        .weights = block_->floats(),
                        .bias = block_->floats() + bias_,
                        .filters = written_.channels,
                        .pools = pools_,
                        .y = y,
                        .y_row = written_.width,
                        .y_filter = written_.pixels(),
                        .rows = rows.last - rows.first,
                        .columns = outputs_.columns,
                        .bounds = activation_.bounds()});
    if (pools_) return;  // the bounds are all there is to do
    for (std::int64_t filter = 0; filter < written_.channels; ++filter, y += written_.pixels()) {
      activation_.apply_rest(y, (rows.last - rows.first) * written_.width);
    }
  }

  /// Copies rows of the padded image into `frame`, which has room for all.
  void pad(const float* x, const Rows& rows, float* frame) const {
    const std::int64_t top = window_.pad_begin[0];
    const std::int64_t first = std::max(rows.first, top);
    const std::int64_t last = std::min(rows.last, input_.height + top);
    for (std::int64_t channel = 0; channel < input_.channels; ++channel) {
      const float* from = x + channel * input_.pixels();
      float* to = frame + channel * padded_.pixels();
      std::fill(to + rows.first * padded_.width, to + rows.last * padded_.width, 0.0f);
      to += window_.pad_begin[1];
      for (std::int64_t i = first; i < last; ++i) {
        std::copy_n(from + (i - top) * input_.width, input_.width, to + i * padded_.width);
      }
    }
  }

  Window2d window_;
  Image input_, padded_, written_;
  Outputs outputs_;
  bool pools_;
  std::int64_t macs_;  ///< of an image
  int threads_;
  const VectorTarget& target_;
  FusedActivation activation_;
  std::int64_t bias_ = 0;  ///< floats into the block
  std::shared_ptr<const AlignedBuffer> block_;
};

bool is_max_of_squares(const Pool2d& pool) {
  return pool.kind == PoolKind::kMax && pool.window == Window2d{.kernel = {2, 2}, .stride = {2, 2}};
}

/// Whether the step does to what it computes what bounds can do, which may be done behind a max
/// pool, too.
bool only_cuts(const Graph& graph, const PlanStep& step) {
  const Unary* activation = fused_activation(graph, step);
  return activation == nullptr || activation->kind == UnaryKind::kRelu ||
         activation->kind == UnaryKind::kClip;
}

bool moves_by_one(const std::int64_t (&step)[2]) { return step[0] == 1 && step[1] == 1; }

}  // namespace

bool planar_supports(const PlanRequest& request, const PlanStep& step) {
  if (!tiled_convolution_supports(request, step)) return false;
  const Graph& graph = request.graph;
  if (!moves_by_one(std::get<Conv2d>(computing_node(graph, step).op).window.stride)) return false;
  const Pool2d* pool = fused_pool(graph, step);
  if (pool != nullptr && !(is_max_of_squares(*pool) && only_cuts(graph, step))) return false;
  const Outputs outputs = outputs_of(graph, step);
  return outputs.rows >= 2 && vector_target_within(outputs.columns) != nullptr;
}

Standing planar_rule(const PlanRequest& request, const PlanStep& step) {
  const Graph& graph = request.graph;
  const Node& node = computing_node(graph, step);
  const Image output = image_of(graph.value(node.outputs[0]).shape);
  const bool winograd_wins =
      winograd_supports(request, step) && winograd_rule(request, step).rank == Rank::kPreferred;
  const bool wins =
      !winograd_wins &&
      planar_wins({.window = std::get<Conv2d>(node.op).window,
                   .input = image_of(graph.value(node.inputs[0]).shape),
                   .output = output,
                   .pools = step.pool >= 0,
                   .lanes = vector_target_within(outputs_of(graph, step).columns)->lanes,
                   .tile_lanes = vector_target(output.channels).lanes});
  return {wins ? Rank::kPreferred : Rank::kOnRequest};
}

std::unique_ptr<Kernel> make_planar(const KernelContext& context) {
  return std::make_unique<PlanarConvolution>(context);
}

}  // namespace ockham::cpu
