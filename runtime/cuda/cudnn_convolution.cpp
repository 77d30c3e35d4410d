#include <map>
#include <string>
#include <utility>

#include "runtime/cuda/cudnn_graph.h"
#include "runtime/cuda/epilogue.h"
#include "runtime/cuda/kernels.h"
#include "runtime/cuda/stored_weights.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cuda {
namespace {

/// A convolution by cuDNN: with all that is behind it where cuDNN has a plan for that, or alone with
/// an epilogue of ours; and by our direct kernel where it has neither.
class CudnnConvolutionKernel : public Kernel {
 public:
  explicit CudnnConvolutionKernel(const KernelContext& context)
      : step_(context.step), handle_(context.libraries.cudnn()) {
    const Shape& out = context.shape(context.written());
    out_pixels_ = out[2] * out[3];
    upload(context);
    for (const std::int64_t batch : context.batches) prepare_batch(context, batch);
  }

  void enqueue(const Launch& launch) override {
    const auto& [graph, is_fused] = plans_.at(launch.batch);
    if (!graph) return direct_->enqueue(launch);
    const void* residual = step_.residual < 0 ? nullptr : launch.inputs.back();
    graph->enqueue(handle_,
                   {.x = launch.inputs[0],
                    .weight = weight_->data(),
                    .bias = stored_bias_->data(),
                    .residual = residual,
                    .y = launch.output},
                   launch.scratch);
    if (!is_fused) {
      apply_epilogue(epilogue_, residual, launch.output, launch.batch * out_pixels_, launch.stream);
    }
  }

  std::string implementation() const override {
    const auto& [graph, is_fused] = plans_.rbegin()->second;
    if (!graph) return "refused, so ockham:direct";
    return graph->name() + (is_fused ? "" : " and ockham:epilogue");
  }

  std::size_t scratch_bytes() const override {
    std::size_t most = 0;
    for (const auto& [batch, plan] : plans_) {
      if (plan.first) most = std::max(most, plan.first->workspace_bytes());
    }
    return most;
  }

 private:
  void upload(const KernelContext& context) {
    const ChannelsLast& format = context.request.channels_last;
    const Shape& out = context.shape(context.written());
    const Conv2d& op = std::get<Conv2d>(computing_node(context.graph(), step_).op);
    const auto filters = static_cast<std::size_t>(out[1]);
    const auto taps = static_cast<std::size_t>(op.window.kernel[0] * op.window.kernel[1]);
    const std::string key = layer_weights_key(context.graph(), step_) + " channels last " +
                            std::string(name_of(format.type)) + " by " +
                            std::to_string(format.multiple);
    weight_ = context.constants.get(key, [&] {
      return stored(channels_last_weight(layer_weights(context.graph(), step_).weight, filters,
                                         taps, format),
                    format.type);
    });
    const auto padded_bias = [&] {
      std::vector<float> bias = layer_weights(context.graph(), step_).bias;
      bias.resize(static_cast<std::size_t>(format.channels(out[1])));
      return bias;
    };
    bias_ = context.constants.get(key + " bias", [&] { return bytes_of(padded_bias()); });
    stored_bias_ = context.constants.get(key + " stored bias",
                                         [&] { return stored(padded_bias(), format.type); });
    epilogue_ = {.type = format.type,
                 .channels = out[1],
                 .stored = format.channels(out[1]),
                 .bias = bias_->as<float>(),
                 .behind = activation_of(context.graph(), step_)};
  }

  CudnnConvolution described(const KernelContext& context, std::int64_t batch) const {
    const ChannelsLast& format = context.request.channels_last;
    const Shape& in = context.shape(context.read(0));
    const Shape& out = context.shape(context.written());
    return {.precision = context.request.precision,
            .type = format.type,
            .batch = batch,
            .channels = format.channels(in[1]),
            .filters = format.channels(out[1]),
            .height = in[2],
            .width = in[3],
            .out_height = out[2],
            .out_width = out[3],
            .window = std::get<Conv2d>(computing_node(context.graph(), step_).op).window};
  }

  void prepare_batch(const KernelContext& context, std::int64_t batch) {
    const CudnnConvolution alone = described(context, batch);
    std::optional<CudnnGraph> fused;
    const bool fuses = !epilogue_.behind.is_there || epilogue_.behind.kind == UnaryKind::kRelu;
    if (fuses) {
      CudnnConvolution whole = alone;
      whole.adds_bias = true;
      whole.adds_residual = step_.residual >= 0;
      whole.applies_relu = epilogue_.behind.is_there;
      fused = CudnnGraph::make(handle_, whole, context.tune);
    }
    std::optional<CudnnGraph> single;
    if (!fused || context.tune) single = CudnnGraph::make(handle_, alone, context.tune);
    // An epilogue costs at least a launch within a graph.
    constexpr float kEpilogue = 0.002f;
    const bool is_fused =
        fused && (!single || fused->milliseconds() <= single->milliseconds() + kEpilogue);
    plans_.emplace(batch, std::pair{is_fused ? std::move(fused) : std::move(single), is_fused});
    if (!plans_.at(batch).first && direct_ == nullptr) direct_ = make_direct_convolution(context);
  }

  const PlanStep& step_;
  cudnnHandle_t handle_;
  std::int64_t out_pixels_ = 0;
  std::shared_ptr<const DeviceBuffer> weight_, bias_, stored_bias_;
  Epilogue epilogue_;
  /// By batch: cuDNN's graph, if any, and whether all is in it.
  std::map<std::int64_t, std::pair<std::optional<CudnnGraph>, bool>> plans_;
  std::unique_ptr<Kernel> direct_;
};

}  // namespace

bool cudnn_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  const auto* op = std::get_if<Conv2d>(&computing_node(request.graph, step).op);
  return op != nullptr && op->groups == 1 && direct_convolution_supports(request, step);
}

std::unique_ptr<Kernel> make_cudnn_convolution(const KernelContext& context) {
  return std::make_unique<CudnnConvolutionKernel>(context);
}

}  // namespace ockham::cuda
