#include "training/torch/torch_graph.h"

#include <algorithm>
#include <utility>

#include "runtime/graph/error.h"
#include "runtime/graph/operators/resize_taps.h"
#include "runtime/graph/validate.h"

namespace ockham::training {
namespace {

/// The tensor behind input `i` of a node, undefined when the node has fewer inputs.
torch::Tensor optional_input(const std::vector<torch::Tensor>& values, const Node& node,
                             std::size_t i) {
  return i < node.inputs.size() ? values[static_cast<std::size_t>(node.inputs[i])]
                                : torch::Tensor();
}

std::vector<std::int64_t> pair(const std::int64_t (&extents)[2]) {
  return {extents[0], extents[1]};
}

/// Pads height and width with `fill` and returns what symmetric padding is left for the operator.
torch::Tensor pad_asymmetric(const torch::Tensor& x, const Window2d& window, double fill,
                             std::vector<std::int64_t>& symmetric) {
  symmetric = pair(window.pad_begin);
  if (window.pad_begin[0] == window.pad_end[0] && window.pad_begin[1] == window.pad_end[1])
    return x;
  symmetric = {0, 0};
  return torch::constant_pad_nd(
      x, {window.pad_begin[1], window.pad_end[1], window.pad_begin[0], window.pad_end[0]}, fill);
}

torch::Tensor convolve(const Conv2d& op, const torch::Tensor& x, const torch::Tensor& weight,
                       const torch::Tensor& bias) {
  std::vector<std::int64_t> padding;
  const torch::Tensor padded = pad_asymmetric(x, op.window, 0.0, padding);
  return torch::conv2d(padded, weight, bias, pair(op.window.stride), padding,
                       pair(op.window.dilation), op.groups);
}

bool is_padded(const Window2d& window) {
  return window.pad_begin[0] + window.pad_begin[1] + window.pad_end[0] + window.pad_end[1] > 0;
}

/// Average over the part of each window that lies inside the image.
torch::Tensor average_inside(const Pool2d& op, const torch::Tensor& x) {
  const auto sums = [&](const torch::Tensor& y) {
    std::vector<std::int64_t> padding;
    const torch::Tensor padded = pad_asymmetric(y, op.window, 0.0, padding);
    return torch::avg_pool2d(padded, pair(op.window.kernel), pair(op.window.stride), padding,
                             /*ceil_mode=*/false, /*count_include_pad=*/true);
  };
  return sums(x) / sums(torch::ones({1, 1, x.size(2), x.size(3)}, x.options()));
}

/// Padding of more than half the kernel, which LibTorch's pools refuse, is padded by hand.
torch::Tensor pool(const Pool2d& op, const torch::Tensor& x) {
  const bool maximum = op.kind == PoolKind::kMax;
  if (!maximum && !op.count_include_pad && is_padded(op.window)) return average_inside(op, x);
  const Window2d& window = op.window;
  torch::Tensor padded = x;
  if (is_padded(window)) {
    const double fill = maximum ? -std::numeric_limits<double>::infinity() : 0.0;
    padded = torch::constant_pad_nd(
        x, {window.pad_begin[1], window.pad_end[1], window.pad_begin[0], window.pad_end[0]}, fill);
  }
  return maximum ? torch::max_pool2d(padded, pair(window.kernel), pair(window.stride))
                 : torch::avg_pool2d(padded, pair(window.kernel), pair(window.stride));
}

torch::Tensor unary(const Unary& op, const torch::Tensor& x) {
  const double alpha = op.alpha, beta = op.beta;
  switch (op.kind) {
    case UnaryKind::kRelu:
      return torch::relu(x);
    case UnaryKind::kLeakyRelu:
      return torch::leaky_relu(x, alpha);
    case UnaryKind::kClip:
      return torch::clamp(x, alpha, beta);
    case UnaryKind::kSigmoid:
      return torch::sigmoid(x);
    case UnaryKind::kTanh:
      return torch::tanh(x);
    case UnaryKind::kHardSigmoid:
      return torch::clamp(alpha * x + beta, 0.0, 1.0);
    case UnaryKind::kHardSwish:
      return torch::hardswish(x);
    case UnaryKind::kElu:
      return torch::elu(x, alpha);
    case UnaryKind::kSoftplus:
      return torch::softplus(x);
    case UnaryKind::kGelu:
      return torch::gelu(x);
    case UnaryKind::kTanhGelu:
      return torch::gelu(x, "tanh");
    case UnaryKind::kExp:
      return torch::exp(x);
    case UnaryKind::kSqrt:
      return torch::sqrt(x);
    case UnaryKind::kErf:
      return torch::erf(x);
    case UnaryKind::kNeg:
      return torch::neg(x);
    case UnaryKind::kAbs:
      return torch::abs(x);
    case UnaryKind::kReciprocal:
      return torch::reciprocal(x);
    case UnaryKind::kFloor:
      return torch::floor(x);
    case UnaryKind::kCeil:
      return torch::ceil(x);
    case UnaryKind::kRound:
      return torch::round(x);
    case UnaryKind::kSign:
      return torch::sign(x);
    case UnaryKind::kLog:
      return torch::log(x);
    case UnaryKind::kSin:
      return torch::sin(x);
    case UnaryKind::kCos:
      return torch::cos(x);
    case UnaryKind::kTan:
      return torch::tan(x);
    case UnaryKind::kAsin:
      return torch::asin(x);
    case UnaryKind::kAcos:
      return torch::acos(x);
    case UnaryKind::kAtan:
      return torch::atan(x);
    case UnaryKind::kSinh:
      return torch::sinh(x);
    case UnaryKind::kCosh:
      return torch::cosh(x);
    case UnaryKind::kAsinh:
      return torch::asinh(x);
    case UnaryKind::kAcosh:
      return torch::acosh(x);
    case UnaryKind::kAtanh:
      return torch::atanh(x);
    case UnaryKind::kSelu:
      return beta * torch::elu(x, alpha);
    case UnaryKind::kCelu:
      return torch::celu(x, alpha);
    case UnaryKind::kMish:
      return x * torch::tanh(torch::softplus(x));
    case UnaryKind::kSoftsign:
      return x / (1.0 + torch::abs(x));
    case UnaryKind::kThresholdedRelu:
      return torch::where(x > alpha, x, torch::zeros_like(x));
    case UnaryKind::kShrink:
      return torch::where(x > alpha, x - beta,
                          torch::where(x < -alpha, x + beta, torch::zeros_like(x)));
  }
  return x;
}

torch::Tensor binary(BinaryKind kind, const torch::Tensor& a, const torch::Tensor& b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return a + b;
    case BinaryKind::kSub:
      return a - b;
    case BinaryKind::kMul:
      return a * b;
    case BinaryKind::kDiv:
      return a / b;
    case BinaryKind::kMax:
      return torch::maximum(a, b);
    case BinaryKind::kMin:
      return torch::minimum(a, b);
    case BinaryKind::kPow:
      return torch::pow(a, b);
    case BinaryKind::kPRelu:
      return torch::where(a < 0, a * b, a);
    case BinaryKind::kFmod:
      return torch::fmod(a, b);
  }
  return a;
}

torch::Tensor softmax(const Softmax& op, const torch::Tensor& x) {
  switch (op.kind) {
    case SoftmaxKind::kSoftmax:
      return torch::softmax(x, op.axis);
    case SoftmaxKind::kLogSoftmax:
      return torch::log_softmax(x, op.axis);
    case SoftmaxKind::kHardmax:
      return torch::zeros_like(x).scatter(op.axis, x.argmax(op.axis, /*keepdim=*/true), 1.0);
  }
  return x;
}

torch::Tensor product(const Reduce& op, torch::Tensor x) {
  for (auto axis = op.axes.rbegin(); axis != op.axes.rend(); ++axis) {
    x = x.prod(*axis, op.keeps_axes);
  }
  return x;
}

torch::Tensor reduce(const Reduce& op, const torch::Tensor& x) {
  switch (op.kind) {
    case ReduceKind::kMax:
      return x.amax(op.axes, op.keeps_axes);
    case ReduceKind::kMin:
      return x.amin(op.axes, op.keeps_axes);
    case ReduceKind::kSum:
      return x.sum(op.axes, op.keeps_axes);
    case ReduceKind::kMean:
      return x.mean(op.axes, op.keeps_axes);
    case ReduceKind::kProd:
      return product(op, x);
    case ReduceKind::kL1:
      return x.abs().sum(op.axes, op.keeps_axes);
    case ReduceKind::kL2:
      return torch::norm(x, 2, op.axes, op.keeps_axes);
    case ReduceKind::kLogSum:
      return x.sum(op.axes, op.keeps_axes).log();
    case ReduceKind::kLogSumExp:
      return torch::logsumexp(x, op.axes, op.keeps_axes);
    case ReduceKind::kSumSquare:
      return x.square().sum(op.axes, op.keeps_axes);
  }
  return x;
}

/// Indices as floats, as all else. LibTorch does not say which of equal numbers it finds.
torch::Tensor arg_extreme(const ArgExtreme& op, const torch::Tensor& x) {
  const torch::Tensor ordered = op.takes_last ? x.flip(op.axis) : x;
  const torch::Tensor extreme =
      op.kind == ArgKind::kMax ? ordered.amax(op.axis, true) : ordered.amin(op.axis, true);
  const torch::Tensor found = (ordered == extreme).to(torch::kUInt8).argmax(op.axis, op.keeps_axis);
  return (op.takes_last ? x.size(op.axis) - 1 - found : found).to(x.dtype());
}

torch::Tensor top_k(const TopK& op, const torch::Tensor& x) {
  const auto [values, indices] = x.sort(/*stable=*/true, op.axis, /*descending=*/op.largest);
  const torch::Tensor& given = op.gives == TopKOutput::kIndices ? indices : values;
  return given.narrow(op.axis, 0, op.count).to(x.dtype());
}

/// Gradients pass by the rounding, within the range.
torch::Tensor fake_quantize(const FakeQuantize& op, const torch::Tensor& x,
                            const torch::Tensor& scales, const torch::Tensor& zero_points) {
  std::vector<std::int64_t> dims(static_cast<std::size_t>(x.dim()), 1);
  dims[static_cast<std::size_t>(op.axis)] = scales.numel();
  const torch::Tensor scale = scales.reshape(dims), zero = zero_points.reshape(dims);
  const auto [least, most] = range_of(op.type);
  const torch::Tensor inside =
      torch::minimum(torch::maximum(x, (least - zero) * scale), (most - zero) * scale);
  const torch::Tensor rounded = (((x / scale).round() + zero).clamp(least, most) - zero) * scale;
  return inside + (rounded - inside).detach();
}

/// Inputs whose constants training leaves alone: running statistics, and numbers of arithmetic and
/// quantisation, which are part of the function.
std::vector<std::size_t> unlearnt_inputs(const Operator& op) {
  if (std::holds_alternative<BatchNorm>(op)) return {3, 4};
  if (std::holds_alternative<FakeQuantize>(op)) return {1, 2};
  const auto* binary = std::get_if<Binary>(&op);
  if (binary != nullptr && binary->kind != BinaryKind::kPRelu) return {0, 1};
  return {};
}

torch::Tensor pad(const Pad& op, const torch::Tensor& x) {
  std::vector<std::int64_t> pads;  // from the last axis on
  for (std::size_t i = op.begin.size(); i-- > 0;) {
    pads.push_back(op.begin[i]);
    pads.push_back(op.end[i]);
  }
  return torch::constant_pad_nd(x, pads, op.value);
}

torch::Tensor depth_to_space(const DepthToSpace& op, const torch::Tensor& x) {
  const std::int64_t b0 = op.block[0], b1 = op.block[1];
  const std::int64_t channels = x.size(1) / (b0 * b1);
  return x.reshape({x.size(0), channels, b0, b1, x.size(2), x.size(3)})
      .permute({0, 1, 4, 2, 5, 3})
      .reshape({x.size(0), channels, x.size(2) * b0, x.size(3) * b1});
}

/// [out, in]: the weights with which pixels of an axis enter those of the resized image.
torch::Tensor resize_weights(const Resize& op, int axis, const torch::Tensor& x) {
  torch::Tensor weights = torch::zeros({op.size[axis], x.size(axis + 2)}, torch::kFloat64);
  auto element = weights.accessor<double, 2>();
  for (std::int64_t o = 0; o < op.size[axis]; ++o) {
    for_each_tap(op, axis, x.size(axis + 2), o,
                 [&](std::int64_t pixel, double weight) { element[o][pixel] += weight; });
  }
  return weights.to(x.options());
}

/// [height, width]: whether a pixel of the resized image lies beyond the image.
torch::Tensor outside_image(const Resize& op, const torch::Tensor& x) {
  torch::Tensor outside = torch::zeros({op.size[0], op.size[1]}, torch::kBool);
  for (int axis = 0; axis < 2; ++axis) {
    for (std::int64_t o = 0; o < op.size[axis]; ++o) {
      if (is_outside(op, axis, x.size(axis + 2), o)) outside.select(axis, o).fill_(true);
    }
  }
  return outside.to(x.device());
}

torch::Tensor resize(const Resize& op, const torch::Tensor& x) {
  const torch::Tensor resized = torch::matmul(torch::matmul(resize_weights(op, 0, x), x),
                                              resize_weights(op, 1, x).transpose(0, 1));
  if (!crops(op)) return resized;
  return torch::where(outside_image(op, x), torch::full_like(resized, op.outside), resized);
}

torch::Tensor lrn(const Lrn& op, const torch::Tensor& x) {
  const torch::Tensor squares = (x * x).reshape({x.size(0), 1, x.size(1), -1});
  const std::int64_t before = std::min(x.size(1), (op.size - 1) / 2);
  const std::int64_t behind = std::min(x.size(1), op.size / 2);
  const torch::Tensor padded = torch::constant_pad_nd(squares, {0, 0, before, behind}, 0.0);
  const torch::Tensor means =
      torch::avg_pool2d(padded, {before + behind + 1, 1}, {1, 1}, {0, 0}, false, false, 1);
  const double alpha = static_cast<double>(op.alpha) / static_cast<double>(op.size);
  return x / (op.bias + alpha * means.reshape(x.sizes())).pow(op.beta);
}

bool has_constants(const Graph& graph, const Node& node) {
  return std::ranges::any_of(node.inputs,
                             [&](ValueId input) { return graph.value(input).is_constant; });
}

std::string layers_with_constants(const Graph& graph) {
  std::string names;
  for (const Node& node : graph.nodes) {
    if (has_constants(graph, node)) names += (names.empty() ? "" : ", ") + node.name;
  }
  return names;
}

}  // namespace

torch::Tensor apply_layer(const Node& node, const torch::Tensor& x, const torch::Tensor& weight,
                          const torch::Tensor& bias) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) return convolve(*conv, x, weight, bias);
  return torch::linear(x, weight, bias);
}

void LayerHooks::start_pass() {}

torch::Tensor LayerHooks::gate(const Node&, const torch::Tensor& x) { return x; }

torch::Tensor LayerHooks::mix(const MixingLayer& layer, const torch::Tensor& x) {
  return apply_layer(layer.node, x, layer.weight, layer.bias);
}

TorchGraph::TorchGraph(Graph graph, torch::TensorOptions options)
    : graph_(std::move(graph)), options_(options) {
  validate(graph_);
  for (const Value& value : graph_.values) {
    if (value.is_constant) tensors_[value.name] = from_constant(value).requires_grad_(true);
  }
  for (const Node& node : graph_.nodes) {
    for (const std::size_t input : unlearnt_inputs(node.op)) {
      const ValueId id = node.inputs[input];
      if (graph_.value(id).is_constant) tensor(id).requires_grad_(false);
    }
  }
  prepare_gathers();
}

void TorchGraph::prepare_gathers() {
  gathered_.clear();
  for (const Node& node : graph_.nodes) {
    const auto* op = std::get_if<Gather>(&node.op);
    if (op == nullptr || selects_everything(*op, graph_.value(node.inputs[0]).shape[1])) continue;
    std::vector<std::int64_t> indices = op->indices;
    const std::int64_t channels = graph_.value(node.inputs[0]).shape[1];
    std::ranges::replace(indices, Gather::kZero, channels);  // see `gather`
    gathered_[node.name] = torch::tensor(indices, torch::kInt64).to(options_.device());
  }
}

torch::Tensor TorchGraph::gather(const Node& node, const torch::Tensor& x) const {
  const auto indices = gathered_.find(node.name);
  if (indices == gathered_.end()) return x;
  const auto& op = std::get<Gather>(node.op);
  if (std::ranges::find(op.indices, Gather::kZero) == op.indices.end()) {
    return x.index_select(1, indices->second);
  }
  const torch::Tensor zeros = torch::zeros_like(x.narrow(1, 0, 1));  // a channel behind the others
  return torch::cat({x, zeros}, 1).index_select(1, indices->second);
}

torch::Tensor TorchGraph::from_constant(const Value& value) const {
  torch::Tensor made = torch::empty(value.shape.dims(), torch::kFloat32);
  std::ranges::copy(value.constant.floats, made.data_ptr<float>());
  return made.to(options_);
}

torch::Tensor TorchGraph::tensor(ValueId constant) const {
  return tensors_.at(graph_.value(constant).name);
}

MixingLayer TorchGraph::mixing_layer(const Node& node) const {
  return {node, tensor(node.inputs[1]),
          node.inputs.size() > 2 ? tensor(node.inputs[2]) : torch::Tensor()};
}

void TorchGraph::freeze(const std::vector<std::string>& nodes) {
  for (const std::string& name : nodes) {
    const auto node = std::ranges::find(graph_.nodes, name, &Node::name);
    if (node == graph_.nodes.end() || !has_constants(graph_, *node)) {
      throw Error(Status::kInvalidArgument, "the network has no layer with weights named '" + name +
                                                "'; it has: " + layers_with_constants(graph_));
    }
    frozen_.insert(name);
    for (const ValueId input : node->inputs) {
      if (graph_.value(input).is_constant) tensor(input).requires_grad_(false);
    }
  }
}

torch::Tensor TorchGraph::batch_norm(const BatchNorm& op, const Node& node, const torch::Tensor& x,
                                     Mode mode) {
  const bool uses_batch = mode == Mode::kTrain && !is_frozen(node);
  return torch::batch_norm(x, tensor(node.inputs[1]), tensor(node.inputs[2]),
                           tensor(node.inputs[3]), tensor(node.inputs[4]), uses_batch,
                           1.0 - static_cast<double>(op.momentum), static_cast<double>(op.epsilon),
                           /*cudnn_enabled=*/true);
}

void TorchGraph::seed_dropout(std::uint64_t seed) {
  // On the device: for a VGG, numbers drawn on the CPU would take longer than the step.
  if (!dropping_.defined()) {
    dropping_ = at::globalContext().defaultGenerator(options_.device()).clone();
  }
  dropping_.set_current_seed(seed);
}

torch::Tensor TorchGraph::drop_out(const Node& node, const torch::Tensor& x) {
  const auto rate = dropout_.find(graph_.value(node.outputs[0]).name);
  if (rate == dropout_.end()) return x;
  if (!dropping_.defined()) seed_dropout(0);
  const double kept = 1.0 - rate->second;
  return x * torch::empty_like(x).bernoulli_(kept, dropping_).div_(kept);
}

torch::Tensor TorchGraph::operand(const Node& node, std::size_t input,
                                  const std::vector<torch::Tensor>& values) const {
  const ValueId id = node.inputs[input];
  return graph_.value(id).is_constant ? tensor(id) : values[static_cast<std::size_t>(id)];
}

torch::Tensor TorchGraph::run_node(const Node& node, const std::vector<torch::Tensor>& values,
                                   Mode mode, LayerHooks& hooks) {
  const torch::Tensor x = optional_input(values, node, 0);
  const auto mix = [&] {
    const MixingLayer layer = mixing_layer(node);
    return hooks.mix(layer, hooks.gate(node, x));
  };
  return std::visit(
      Overloaded{
          [&](const Conv2d&) { return mix(); },
          [&](const Linear&) { return mix(); },
          [&](const BatchNorm& op) { return batch_norm(op, node, x, mode); },
          [&](const Unary& op) { return unary(op, x); },
          [&](const Binary& op) {
            return binary(op.kind, operand(node, 0, values), operand(node, 1, values));
          },
          [&](const Pool2d& op) { return pool(op, x); },
          [&](const Flatten&) { return x.flatten(1); },
          [&](const Gather&) { return gather(node, hooks.gate(node, x)); },
          [&](const Concat& op) {
            std::vector<torch::Tensor> parts;
            for (std::size_t i = 0; i < node.inputs.size(); ++i) {
              parts.push_back(operand(node, i, values));
            }
            return torch::cat(parts, op.axis);
          },
          [&](const Reshape&) {
            std::vector<std::int64_t> dims = graph_.value(node.outputs[0]).shape.dims();
            dims[0] = x.size(0);
            return x.reshape(dims);
          },
          [&](const Softmax& op) { return softmax(op, x); },
          [&](const SpatialGather& op) {
            const torch::Tensor indices = torch::tensor(op.indices, torch::kInt64).to(x.device());
            return x.index_select(op.axis, indices);
          },
          [&](const Pad& op) { return pad(op, x); },
          [&](const Transpose& op) { return x.permute(op.order).contiguous(); },
          [&](const DepthToSpace& op) { return depth_to_space(op, x); },
          [&](const Resize& op) { return resize(op, x); },
          [&](const Lrn& op) { return lrn(op, x); },
          [&](const Reduce& op) { return reduce(op, x); },
          [&](const ArgExtreme& op) { return arg_extreme(op, x); },
          [&](const TopK& op) { return top_k(op, x); },
          [&](const FakeQuantize& op) {
            return fake_quantize(op, x, operand(node, 1, values), operand(node, 2, values));
          },
      },
      node.op);
}

std::vector<torch::Tensor> TorchGraph::forward(const std::vector<torch::Tensor>& inputs, Mode mode,
                                               LayerHooks& hooks) {
  hooks.start_pass();
  std::vector<torch::Tensor> values(graph_.values.size());
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    values[static_cast<std::size_t>(graph_.inputs[i])] = inputs[i];
  }
  for (const Node& node : graph_.nodes) {
    const torch::Tensor x = run_node(node, values, mode, hooks);
    values[static_cast<std::size_t>(node.outputs[0])] =
        mode == Mode::kTrain ? drop_out(node, x) : x;
  }
  std::vector<torch::Tensor> outputs;
  for (const ValueId id : graph_.outputs) outputs.push_back(values[static_cast<std::size_t>(id)]);
  return outputs;
}

torch::Tensor TorchGraph::evaluate(const torch::Tensor& input) {
  const torch::NoGradGuard no_gradients;
  LayerHooks plain;
  return forward({input}, Mode::kEvaluate, plain)[0];
}

Graph TorchGraph::to_graph() const {
  Graph written = graph_;
  for (Value& value : written.values) {
    if (!value.is_constant) continue;
    const torch::Tensor floats =
        tensors_.at(value.name).detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* first = floats.data_ptr<float>();
    value.constant = own(std::vector<float>(first, first + floats.numel()));
  }
  return written;
}

void TorchGraph::replace_graph(Graph graph) {
  graph_ = std::move(graph);
  std::map<std::string, torch::Tensor> kept;
  for (const Value& value : graph_.values) {
    if (!value.is_constant) continue;
    torch::Tensor tensor = tensors_.at(value.name);
    tensor.mutable_grad() = torch::Tensor();
    tensor.set_data(from_constant(value));
    kept[value.name] = tensor;
  }
  tensors_ = std::move(kept);
  prepare_gathers();
}

}  // namespace ockham::training
