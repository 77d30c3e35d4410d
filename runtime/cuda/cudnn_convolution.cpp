#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/cuda/cudnn_graph.h"
#include "runtime/cuda/epilogue.h"
#include "runtime/cuda/kernels.h"
#include "runtime/cuda/measure.h"
#include "runtime/cuda/stored_weights.h"
#include "runtime/plan/layer_weights.h"
#include "runtime/tuning/tuning_cache.h"

namespace ockham::cuda {
namespace {

/// How a choice of tuning begins; the name of cuDNN's plan follows, where it has one.
constexpr std::string_view kFused = "fused ", kAlone = "alone ", kDirect = "direct";

/// A convolution by cuDNN: with all that is behind it where cuDNN has a plan for that, or alone
/// with an epilogue of ours; and by our direct kernel where it has neither.
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
    if (!graph) return "ockham:direct";
    return graph->name() + (is_fused ? "" : " and ockham:epilogue");
  }

  std::size_t scratch_bytes() const override {
    std::size_t most = 0;
    for (const auto& [batch, plan] : plans_) {
      if (plan.graph) most = std::max(most, plan.graph->workspace_bytes());
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
                            std::string(name_of(format.type)) + (format.pads ? " padded" : "");
    weight_ = context.constants.get(key, [&] {
      return stored(
          channels_last_weight(layer_weights(context.graph(), step_).weight, filters, taps, format),
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

  /// What runs one size of batch.
  struct BatchPlan {
    std::optional<CudnnGraph> graph;  ///< nothing: the direct kernel
    bool is_fused = false;            ///< all that is behind the convolution is in it
  };

  /// What cuDNN is to compute of the convolution and what is behind it.
  CudnnConvolution part(CudnnConvolution alone, bool is_fused) const {
    if (!is_fused) return alone;
    alone.adds_bias = true;
    alone.adds_residual = step_.residual >= 0;
    alone.applies_relu = epilogue_.behind.is_there;
    return alone;
  }

  bool can_fuse() const {
    return !epilogue_.behind.is_there || epilogue_.behind.kind == UnaryKind::kRelu;
  }

  void prepare_batch(const KernelContext& context, std::int64_t batch) {
    const CudnnConvolution alone = described(context, batch);
    BatchPlan plan = context.tuning != nullptr ? tuned(context, alone) : proposed(context, alone);
    if (!plan.graph && direct_ == nullptr) direct_ = make_direct_convolution(context);
    plans_.emplace(batch, std::move(plan));
  }

  /// With the first of cuDNN's plans, unless it has refused such a convolution before, for whatever
  /// batch.
  static std::optional<CudnnGraph> offered(const KernelContext& context,
                                           const CudnnConvolution& convolution) {
    const std::string text = description(convolution);
    std::set<std::string>& refused = context.libraries.refused();
    if (refused.contains(text)) return {};
    std::optional<CudnnGraph> graph = CudnnGraph::make(context.libraries.cudnn(), convolution);
    if (!graph) refused.insert(text);
    return graph;
  }

  /// What cuDNN's heuristics propose.
  BatchPlan proposed(const KernelContext& context, const CudnnConvolution& alone) const {
    BatchPlan plan;
    if (can_fuse()) plan = {offered(context, part(alone, true)), true};
    if (!plan.graph) plan = {offered(context, alone), false};
    return plan;
  }

  /// What was measured before, or is now.
  BatchPlan tuned(const KernelContext& context, const CudnnConvolution& alone) const {
    const Activation& behind = epilogue_.behind;
    const std::string key = "convolution " + description(part(alone, true)) + " batch " +
                            std::to_string(alone.batch) +
                            (behind.is_there ? " " + std::string(name_of(behind.kind)) : "");
    if (const auto choice = context.tuning->find(key)) {
      if (std::optional<BatchPlan> plan = restored(alone, *choice)) return std::move(*plan);
    }
    BatchPlan plan = fastest(context, alone);
    context.tuning->add(key, choice_text(plan));
    return plan;
  }

  static std::string choice_text(const BatchPlan& plan) {
    if (!plan.graph) return std::string(kDirect);
    return std::string(plan.is_fused ? kFused : kAlone) + plan.graph->name();
  }

  /// What `choice_text` told of; nothing where there is no such thing any more.
  std::optional<BatchPlan> restored(const CudnnConvolution& alone,
                                    const std::string& choice) const {
    if (choice == kDirect) return BatchPlan{};
    const bool is_fused = choice.starts_with(kFused);
    if (is_fused ? !can_fuse() : !choice.starts_with(kAlone)) return {};
    const std::string name = choice.substr((is_fused ? kFused : kAlone).size());
    BatchPlan plan{CudnnGraph::restore(handle_, part(alone, is_fused), name), is_fused};
    if (!plan.graph) return {};
    return plan;
  }

  /// Measures cuDNN's plans with and without what is behind, and the direct kernel.
  BatchPlan fastest(const KernelContext& context, const CudnnConvolution& alone) const {
    const auto bytes = [&](const Placement& placement) {
      return static_cast<std::size_t>(placement.elements * alone.batch) *
             ockham::bytes_of(placement.type);
    };
    const DeviceBuffer x(bytes(context.read(0))), y(bytes(context.written()));
    const DeviceBuffer residual(step_.residual < 0 ? 0 : bytes(context.written()));
    CudnnGraph::Trial trial{
        {x.data(), weight_->data(), stored_bias_->data(), residual.data(), y.data()},
        {},
        context.libraries.stream()};
    BatchPlan plan;
    float least = kNoTime;
    const auto try_cudnn = [&](bool is_fused) {
      BatchPlan other{offered(context, part(alone, is_fused)), is_fused};
      if (!other.graph) return;
      const std::optional<float> took = other.graph->take_fastest(handle_, trial, least);
      if (!took || *took >= least) return;
      plan = std::move(other);
      least = *took;
    };
    if (can_fuse()) try_cudnn(true);
    trial.behind = [&] {
      apply_epilogue(epilogue_, residual.data(), y.data(), alone.batch * out_pixels_, trial.stream);
    };
    try_cudnn(false);
    if (plan.graph && direct_takes_less(least, context, trial, alone.batch)) plan = {};
    return plan;
  }

  /// Large layers are hopeless for the direct kernel, and would take long to measure.
  bool direct_takes_less(float least, const KernelContext& context, const CudnnGraph::Trial& trial,
                         std::int64_t batch) const {
    constexpr std::int64_t kMostMacs = 1'000'000'000;
    if (step_.macs > kMostMacs / batch) return false;
    const std::unique_ptr<Kernel> direct = make_direct_convolution(context);
    std::vector<const void*> reads = {trial.arrays.x};
    if (step_.residual >= 0) reads.push_back(trial.arrays.residual);
    const Launch launch{batch, reads, trial.arrays.y, nullptr, trial.stream};
    const auto enqueue = [&] { direct->enqueue(launch); };
    const std::optional<float> took = measured_milliseconds(trial.stream, enqueue, least);
    return took && *took < least;
  }

  const PlanStep& step_;
  cudnnHandle_t handle_;
  std::int64_t out_pixels_ = 0;
  std::shared_ptr<const DeviceBuffer> weight_, bias_, stored_bias_;
  Epilogue epilogue_;
  std::map<std::int64_t, BatchPlan> plans_;
  std::unique_ptr<Kernel> direct_;  ///< where some batch needs it
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
