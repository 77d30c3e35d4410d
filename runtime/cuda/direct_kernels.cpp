// Layers and pools on own kernels.
#include <algorithm>
#include <string>
#include <vector>

#include "runtime/cuda/depthwise_convolution.h"
#include "runtime/cuda/direct_convolution.h"
#include "runtime/cuda/direct_linear.h"
#include "runtime/cuda/kernels.h"
#include "runtime/cuda/pooling.h"
#include "runtime/cuda/positions.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cuda {
namespace {

/// The activation that is added, or null.
const void* residual_of(const PlanStep& step, const Launch& launch) {
  return step.residual < 0 ? nullptr : launch.inputs.back();
}

std::int32_t narrow(std::int64_t number) { return static_cast<std::int32_t>(number); }

/// [filters, channels, taps] becomes [taps, channels, stored filters], zeros where padded.
std::vector<float> taps_first(const std::vector<float>& weight, std::size_t filters,
                              std::size_t stored_filters, std::size_t taps) {
  const std::size_t channels = weight.size() / filters / taps;
  std::vector<float> moved(taps * channels * stored_filters);
  for (std::size_t k = 0; k < filters; ++k) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t t = 0; t < taps; ++t) {
        moved[(t * channels + c) * stored_filters + k] = weight[(k * channels + c) * taps + t];
      }
    }
  }
  return moved;
}

/// `convolve`: convolve_directly, or what is faster for some.
template <auto convolve>
class OwnConvolutionKernel : public Kernel {
 public:
  explicit OwnConvolutionKernel(const KernelContext& context) : step_(context.step) {
    const Conv2d& op = std::get<Conv2d>(computing_node(context.graph(), step_).op);
    const Shape& in = context.shape(context.read(0));
    const Shape& out = context.shape(context.written());
    const ChannelsLast& format = context.request.channels_last;
    convolution_ = {.type = context.written().type,
                    .channels = narrow(in[1]),
                    .filters = narrow(out[1]),
                    .stored_channels = narrow(format.channels(in[1])),
                    .stored_filters = narrow(format.channels(out[1])),
                    .groups = narrow(op.groups),
                    .height = narrow(in[2]),
                    .width = narrow(in[3]),
                    .out_height = narrow(out[2]),
                    .out_width = narrow(out[3]),
                    .behind = activation_of(context.graph(), step_)};
    for (int axis = 0; axis < 2; ++axis) {
      convolution_.kernel[axis] = narrow(op.window.kernel[axis]);
      convolution_.stride[axis] = narrow(op.window.stride[axis]);
      convolution_.pad[axis] = narrow(op.window.pad_begin[axis]);
      convolution_.dilation[axis] = narrow(op.window.dilation[axis]);
    }
    upload(context);
  }

  void enqueue(const Launch& launch) override {
    convolve(convolution_, launch.inputs[0], residual_of(step_, launch), launch.output,
             launch.batch, launch.stream);
  }

 private:
  void upload(const KernelContext& context) {
    const auto filters = static_cast<std::size_t>(convolution_.filters);
    const auto stored = static_cast<std::size_t>(convolution_.stored_filters);
    const auto taps = static_cast<std::size_t>(convolution_.kernel[0]) *
                      static_cast<std::size_t>(convolution_.kernel[1]);
    const std::string key = layer_weights_key(context.graph(), step_) + " taps first of " +
                            std::to_string(stored) + " filters";
    weight_ = context.constants.get(key, [&] {
      return bytes_of(
          taps_first(layer_weights(context.graph(), step_).weight, filters, stored, taps));
    });
    bias_ = context.constants.get(key + " bias", [&] {
      std::vector<float> bias = layer_weights(context.graph(), step_).bias;
      bias.resize(stored);
      return bytes_of(bias);
    });
    convolution_.weight = weight_->as<float>();
    convolution_.bias = bias_->as<float>();
  }

  const PlanStep& step_;
  Convolution convolution_;
  std::shared_ptr<const DeviceBuffer> weight_, bias_;
};

class DirectLinearKernel : public Kernel {
 public:
  explicit DirectLinearKernel(const KernelContext& context) : step_(context.step) {
    const Shape& out = context.shape(context.written());
    const Shape& in = context.shape(context.read(0));
    const std::int64_t neurons = out[out.rank() - 1];
    const Placement& read = context.read(0);
    linear_ = {.type = context.written().type,
               .inputs = narrow(read.elements),
               .neurons = narrow(neurons),
               .stored_neurons = narrow(context.request.channels_last.channels(neurons)),
               .behind = activation_of(context.graph(), step_)};
    const std::string key = layer_weights_key(context.graph(), step_) + " for " +
                            std::to_string(static_cast<int>(read.layout)) + " of " + in.text() +
                            " in " + std::to_string(read.elements);
    weight_ = context.constants.get(key + " weight", [&] {
      std::vector<float> weight =
          with_columns_at(layer_weights(context.graph(), step_).weight, in, read);
      weight.resize(static_cast<std::size_t>(linear_.stored_neurons) *
                    static_cast<std::size_t>(linear_.inputs));
      return bytes_of(weight);
    });
    bias_ = context.constants.get(key + " bias", [&] {
      std::vector<float> bias = layer_weights(context.graph(), step_).bias;
      bias.resize(static_cast<std::size_t>(linear_.stored_neurons));
      return bytes_of(bias);
    });
    linear_.weight = weight_->data();
    linear_.bias = bias_->as<float>();
  }

  void enqueue(const Launch& launch) override {
    apply_linear_directly(linear_, launch.inputs[0], residual_of(step_, launch), launch.output,
                          launch.batch, launch.stream);
  }

 private:
  const PlanStep& step_;
  DirectLinear linear_;
  std::shared_ptr<const DeviceBuffer> weight_, bias_;
};

class PoolKernel : public Kernel {
 public:
  explicit PoolKernel(const KernelContext& context) {
    const Pool2d& op = std::get<Pool2d>(computing_node(context.graph(), context.step).op);
    const Shape& in = context.shape(context.read(0));
    const Shape& out = context.shape(context.written());
    pooling_ = {.kind = op.kind,
                .count_include_pad = op.count_include_pad,
                .type = context.written().type,
                .channels = narrow(context.request.channels_last.channels(in[1])),
                .height = narrow(in[2]),
                .width = narrow(in[3]),
                .out_height = narrow(out[2]),
                .out_width = narrow(out[3])};
    for (int axis = 0; axis < 2; ++axis) {
      pooling_.kernel[axis] = narrow(op.window.kernel[axis]);
      pooling_.stride[axis] = narrow(op.window.stride[axis]);
      pooling_.pad[axis] = narrow(op.window.pad_begin[axis]);
    }
  }

  void enqueue(const Launch& launch) override {
    pool(pooling_, launch.inputs[0], launch.output, launch.batch, launch.stream);
  }

 private:
  Pooling pooling_;
};

template <class Op>
const Op* computed(const PlanRequest& request, const PlanStep& step) {
  return std::get_if<Op>(&computing_node(request.graph, step).op);
}

/// Kernels count pixels and the elements of one image in 32 bits.
bool is_small_enough(const PlanRequest& request, const PlanStep& step) {
  const auto fits = [&](ValueId value) {
    return request.channels_last.elements(request.graph.value(value).shape) < (1 << 30);
  };
  return std::ranges::all_of(step.inputs, fits) && fits(step.output);
}

}  // namespace

bool direct_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  return computed<Conv2d>(request, step) != nullptr && is_small_enough(request, step);
}

std::unique_ptr<Kernel> make_direct_convolution(const KernelContext& context) {
  return std::make_unique<OwnConvolutionKernel<convolve_directly>>(context);
}

bool depthwise_convolution_supports(const PlanRequest& request, const PlanStep& step) {
  if (!direct_convolution_supports(request, step)) return false;
  const std::int64_t groups = computed<Conv2d>(request, step)->groups;
  return request.graph.value(step.inputs[0]).shape[1] == groups &&
         request.graph.value(step.output).shape[1] == groups;
}

std::unique_ptr<Kernel> make_depthwise_convolution(const KernelContext& context) {
  return std::make_unique<OwnConvolutionKernel<convolve_depthwise>>(context);
}

bool direct_linear_supports(const PlanRequest& request, const PlanStep& step) {
  return computed<Linear>(request, step) != nullptr && is_small_enough(request, step);
}

std::unique_ptr<Kernel> make_direct_linear(const KernelContext& context) {
  return std::make_unique<DirectLinearKernel>(context);
}

bool pool_supports(const PlanRequest& request, const PlanStep& step) {
  return computed<Pool2d>(request, step) != nullptr && is_one_node(step) &&
         is_small_enough(request, step);
}

std::unique_ptr<Kernel> make_pool(const KernelContext& context) {
  return std::make_unique<PoolKernel>(context);
}

}  // namespace ockham::cuda
