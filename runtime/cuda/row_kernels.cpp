#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/rows.h"
#include "runtime/graph/operators/resize_taps.h"

namespace ockham::cuda {
namespace {

const float* floats(const void* data) { return static_cast<const float*>(data); }
float* floats(void* data) { return static_cast<float*>(data); }

DeviceBuffer upload(const std::vector<std::int32_t>& numbers) {
  return {numbers.data(), numbers.size() * sizeof(std::int32_t)};
}
DeviceBuffer upload(const std::vector<double>& numbers) {
  return {numbers.data(), numbers.size() * sizeof(double)};
}

AxisLines lines_of(const Shape& shape, std::int64_t axis, std::int64_t batch) {
  AxisLines lines{.outer = batch};
  for (int i = 1; i < shape.rank(); ++i) {
    if (i < axis) lines.outer *= shape[i];
    if (i == axis) lines.extent = shape[i];
    if (i > axis) lines.inner *= shape[i];
  }
  return lines;
}

/// A kernel of one operator that reads one activation.
template <class Op>
class RowKernel : public Kernel {
 public:
  explicit RowKernel(const KernelContext& context)
      : op_(std::get<Op>(computing_node(context.graph(), context.step).op)),
        shape_(
            context.graph().value(computing_node(context.graph(), context.step).inputs[0]).shape) {}

 protected:
  Op op_;
  Shape shape_;  ///< of the input
};

class SoftmaxKernel : public RowKernel<Softmax> {
 public:
  using RowKernel::RowKernel;
  void enqueue(const Launch& launch) override {
    softmax(op_.kind, lines_of(shape_, op_.axis, launch.batch), floats(launch.inputs[0]),
            floats(launch.output), launch.stream);
  }
};

class ArgExtremeKernel : public RowKernel<ArgExtreme> {
 public:
  using RowKernel::RowKernel;
  void enqueue(const Launch& launch) override {
    arg_extreme(op_.kind, op_.takes_last, lines_of(shape_, op_.axis, launch.batch),
                floats(launch.inputs[0]), floats(launch.output), launch.stream);
  }
};

class TopKKernel : public RowKernel<TopK> {
 public:
  using RowKernel::RowKernel;
  void enqueue(const Launch& launch) override {
    top_k({op_.count, op_.largest, op_.gives}, lines_of(shape_, op_.axis, launch.batch),
          floats(launch.inputs[0]), floats(launch.output), launch.stream);
  }
};

class ReduceKernel : public RowKernel<Reduce> {
 public:
  explicit ReduceKernel(const KernelContext& context) : RowKernel(context) {
    std::int64_t stride = 1;
    for (int axis = shape_.rank() - 1; axis > 0; --axis) {
      if (std::ranges::find(op_.axes, axis) != op_.axes.end()) {
        axes_.reduced_extent[axes_.reduced] = shape_[axis];
        axes_.reduced_stride[axes_.reduced++] = stride;
        axes_.count *= shape_[axis];
      } else {
        axes_.kept_extent[axes_.kept] = shape_[axis];
        axes_.kept_stride[axes_.kept++] = stride;
        axes_.results *= shape_[axis];
      }
      stride *= shape_[axis];
    }
    axes_.image = stride;
  }

  void enqueue(const Launch& launch) override {
    reduce(op_.kind, axes_, floats(launch.inputs[0]), floats(launch.output), launch.batch,
           launch.stream);
  }

 private:
  ReducedAxes axes_;
};

class LrnKernel : public RowKernel<Lrn> {
 public:
  using RowKernel::RowKernel;
  void enqueue(const Launch& launch) override {
    normalise_locally({.channels = shape_[1],
                       .pixels = shape_.elements() / shape_[1],
                       .before = std::min(shape_[1], (op_.size - 1) / 2),
                       .behind = std::min(shape_[1], op_.size / 2),
                       .alpha_share = op_.alpha / static_cast<float>(op_.size),
                       .beta = op_.beta,
                       .bias = op_.bias},
                      floats(launch.inputs[0]), floats(launch.output), launch.batch, launch.stream);
  }
};

/// The taps of one axis on the device.
class DeviceTaps {
 public:
  DeviceTaps(const Resize& op, int axis, std::int64_t in) {
    using Taps = std::vector<std::pair<std::int32_t, double>>;
    std::vector<Taps> all(static_cast<std::size_t>(op.size[axis]));
    std::size_t most = 1;
    for (std::size_t o = 0; o < all.size(); ++o) {
      const auto position = static_cast<std::int64_t>(o);
      if (is_outside(op, axis, in, position)) continue;
      for_each_tap(op, axis, in, position, [&](std::int64_t pixel, double weight) {
        all[o].emplace_back(static_cast<std::int32_t>(pixel), weight);
      });
      most = std::max(most, all[o].size());
    }
    std::vector<std::int32_t> pixels, counts;
    std::vector<double> weights;
    for (Taps& own : all) {
      counts.push_back(static_cast<std::int32_t>(own.size()));
      own.resize(most);
      for (const auto& [pixel, weight] : own) {
        pixels.push_back(pixel);
        weights.push_back(weight);
      }
    }
    pixels_ = upload(pixels);
    weights_ = upload(weights);
    counts_ = upload(counts);
    taps_ = {.pixel = pixels_.as<std::int32_t>(),
             .weight = weights_.as<double>(),
             .count = counts_.as<std::int32_t>(),
             .taps = static_cast<std::int32_t>(most),
             .in = static_cast<std::int32_t>(in),
             .out = static_cast<std::int32_t>(op.size[axis])};
  }

  const AxisTaps& taps() const { return taps_; }

 private:
  DeviceBuffer pixels_, weights_, counts_;
  AxisTaps taps_;
};

class ResizeKernel : public RowKernel<Resize> {
 public:
  explicit ResizeKernel(const KernelContext& context)
      : RowKernel(context), rows_(op_, 0, shape_[2]), columns_(op_, 1, shape_[3]) {}

  void enqueue(const Launch& launch) override {
    resize(rows_.taps(), columns_.taps(), op_.outside, floats(launch.inputs[0]),
           floats(launch.output), launch.batch * shape_[1], launch.stream);
  }

 private:
  DeviceTaps rows_, columns_;
};

class FakeQuantizeKernel : public RowKernel<FakeQuantize> {
 public:
  explicit FakeQuantizeKernel(const KernelContext& context) : RowKernel(context) {
    const Node& node = computing_node(context.graph(), context.step);
    const auto scale = context.graph().value(node.inputs[1]).constant.floats;
    const auto zero = context.graph().value(node.inputs[2]).constant.floats;
    per_axis_ = scale.size() > 1;
    scale_ = DeviceBuffer(scale.data(), scale.size_bytes());
    zero_ = DeviceBuffer(zero.data(), zero.size_bytes());
  }

  void enqueue(const Launch& launch) override {
    const QuantizedRange range = range_of(op_.type);
    fake_quantize(lines_of(shape_, op_.axis, launch.batch), per_axis_, range.least, range.most,
                  scale_.as<float>(), zero_.as<float>(), floats(launch.inputs[0]),
                  floats(launch.output), launch.stream);
  }

 private:
  bool per_axis_ = false;
  DeviceBuffer scale_, zero_;
};

}  // namespace

bool row_supports(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  return is_one_node(step) &&
         (std::holds_alternative<Softmax>(op) || std::holds_alternative<ArgExtreme>(op) ||
          std::holds_alternative<TopK>(op) || std::holds_alternative<Reduce>(op) ||
          std::holds_alternative<Lrn>(op) || std::holds_alternative<Resize>(op) ||
          std::holds_alternative<FakeQuantize>(op));
}

std::unique_ptr<Kernel> make_row(const KernelContext& context) {
  const auto maker = Overloaded{
      [&](const Softmax&) -> std::unique_ptr<Kernel> {
        return std::make_unique<SoftmaxKernel>(context);
      },
      [&](const ArgExtreme&) -> std::unique_ptr<Kernel> {
        return std::make_unique<ArgExtremeKernel>(context);
      },
      [&](const TopK&) -> std::unique_ptr<Kernel> { return std::make_unique<TopKKernel>(context); },
      [&](const Reduce&) -> std::unique_ptr<Kernel> {
        return std::make_unique<ReduceKernel>(context);
      },
      [&](const Lrn&) -> std::unique_ptr<Kernel> { return std::make_unique<LrnKernel>(context); },
      [&](const Resize&) -> std::unique_ptr<Kernel> {
        return std::make_unique<ResizeKernel>(context);
      },
      [&](const FakeQuantize&) -> std::unique_ptr<Kernel> {
        return std::make_unique<FakeQuantizeKernel>(context);
      },
      [&](const auto&) -> std::unique_ptr<Kernel> { return nullptr; }};
  return std::visit(maker, computing_node(context.graph(), context.step).op);
}

}  // namespace ockham::cuda
