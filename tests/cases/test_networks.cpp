#include "tests/cases/test_networks.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "runtime/graph/validate.h"

namespace ockham::tests {

ValueId NetworkBuilder::constant(const std::string& name, Shape shape, double mean,
                                 double standard_deviation) {
  std::normal_distribution<float> normal(static_cast<float>(mean),
                                         static_cast<float>(standard_deviation));
  std::vector<float> elements(static_cast<std::size_t>(shape.elements()));
  std::ranges::generate(elements, [&] { return normal(random_); });
  return graph_.add_constant(name, std::move(shape), std::move(elements));
}

ValueId NetworkBuilder::input(std::string name, Shape shape) {
  return graph_.add_input(std::move(name), std::move(shape));
}

ValueId NetworkBuilder::conv(const std::string& name, ValueId x, std::int64_t filters,
                             const ConvOptions& options) {
  const Conv2d op{.window = {.kernel = {options.kernel, options.kernel},
                             .stride = {options.stride, options.stride},
                             .pad_begin = {options.pad, options.pad},
                             .pad_end = {options.pad, options.pad},
                             .dilation = {options.dilation, options.dilation}},
                  .groups = options.groups};
  return conv2d(name, x, filters, op, options.bias);
}

ValueId NetworkBuilder::conv2d(const std::string& name, ValueId x, std::int64_t filters,
                               const Conv2d& op, bool bias) {
  const auto& kernel = op.window.kernel;
  const Shape weight = {filters, graph_.value(x).shape[1] / op.groups, kernel[0], kernel[1]};
  const auto inputs_of_filter = static_cast<double>(weight.elements() / filters);
  std::vector<ValueId> inputs = {
      x, constant(name + ".weight", weight, 0, 1.0 / std::sqrt(inputs_of_filter))};
  if (bias) inputs.push_back(constant(name + ".bias", {filters}, 0, 0.5));
  return graph_.add_node(name, op, std::move(inputs));
}

ValueId NetworkBuilder::linear(const std::string& name, ValueId x, std::int64_t neurons,
                               bool bias) {
  const std::int64_t width = graph_.value(x).shape[1];
  std::vector<ValueId> inputs = {
      x, constant(name + ".weight", {neurons, width}, 0, 1.0 / std::sqrt(double(width)))};
  if (bias) inputs.push_back(constant(name + ".bias", {neurons}, 0, 0.5));
  return graph_.add_node(name, Linear{}, std::move(inputs));
}

ValueId NetworkBuilder::batch_norm(const std::string& name, ValueId x) {
  const std::int64_t channels = graph_.value(x).shape[1];
  const ValueId scale = constant(name + ".scale", {channels}, 1, 0.2);
  const ValueId shift = constant(name + ".shift", {channels}, 0, 0.5);
  const ValueId mean = constant(name + ".mean", {channels}, 0, 0.5);
  std::uniform_real_distribution<float> spread(0.5f, 2.0f);
  std::vector<float> variance(static_cast<std::size_t>(channels));
  std::ranges::generate(variance, [&] { return spread(random_); });
  const ValueId var = graph_.add_constant(name + ".variance", {channels}, std::move(variance));
  return graph_.add_node(name, BatchNorm{}, {x, scale, shift, mean, var});
}

ValueId NetworkBuilder::unary(const std::string& name, ValueId x, const Unary& op) {
  return graph_.add_node(name, op, {x});
}

ValueId NetworkBuilder::relu(const std::string& name, ValueId x) {
  return unary(name, x, {UnaryKind::kRelu});
}

ValueId NetworkBuilder::binary(const std::string& name, BinaryKind kind, ValueId a, ValueId b) {
  return graph_.add_node(name, Binary{kind}, {a, b});
}

ValueId NetworkBuilder::add(const std::string& name, ValueId a, ValueId b) {
  return binary(name, BinaryKind::kAdd, a, b);
}

ValueId NetworkBuilder::pool(const std::string& name, ValueId x, const Pool2d& pool) {
  return graph_.add_node(name, pool, {x});
}

ValueId NetworkBuilder::max_pool(const std::string& name, ValueId x) {
  return pool(name, x, {.kind = PoolKind::kMax, .window = {.kernel = {2, 2}, .stride = {2, 2}}});
}

ValueId NetworkBuilder::flatten(const std::string& name, ValueId x) {
  return graph_.add_node(name, Flatten{}, {x});
}

ValueId NetworkBuilder::gather(const std::string& name, ValueId x,
                               std::vector<std::int64_t> indices) {
  return graph_.add_node(name, Gather{std::move(indices)}, {x});
}

ValueId NetworkBuilder::concat(const std::string& name, std::vector<ValueId> parts,
                               std::int64_t axis) {
  return graph_.add_node(name, Concat{axis}, std::move(parts));
}

Graph NetworkBuilder::build(ValueId output) { return build(std::vector{output}); }

Graph NetworkBuilder::build(const std::vector<ValueId>& outputs) {
  graph_.outputs = outputs;
  validate(graph_);
  return std::move(graph_);
}

Graph lenet5(std::uint64_t seed) {
  NetworkBuilder net(seed);
  ValueId x = net.input("image", {Shape::kBatch, 1, 28, 28});
  x = net.max_pool("pool1", net.conv("conv1", x, 20, {.kernel = 5}));
  x = net.max_pool("pool2", net.conv("conv2", x, 50, {.kernel = 5}));
  x = net.relu("relu1", net.linear("fc1", net.flatten("flatten", x), 500));
  return net.build(net.linear("fc2", x, 10));
}

Graph vgg(std::uint64_t seed, const std::vector<std::int64_t>& filters) {
  NetworkBuilder net(seed);
  ValueId x = net.input("image", {Shape::kBatch, 3, 32, 32});
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::string number = std::to_string(i);
    x = net.relu("relu" + number, net.conv("conv" + number, x, filters[i], {.pad = 1}));
    if (i % 2 == 1) x = net.max_pool("pool" + number, x);
  }
  x = net.relu("relu_fc1", net.linear("fc1", net.flatten("flatten", x), 32));
  return net.build(net.linear("fc2", x, 10));
}

Graph thinned_vgg(std::uint64_t seed) { return vgg(seed, {40, 55, 77, 99, 36, 17, 8, 6, 14, 65}); }

Graph residual_network(std::uint64_t seed) {
  NetworkBuilder net(seed);
  const NetworkBuilder::ConvOptions padded{.pad = 1, .bias = false};
  ValueId x = net.input("image", {Shape::kBatch, 3, 8, 8});
  const ValueId skip = net.relu("relu0", net.batch_norm("bn0", net.conv("conv0", x, 8, padded)));
  x = net.relu("relu1", net.batch_norm("bn1", net.conv("conv1", skip, 8, padded)));
  x = net.batch_norm("bn2", net.conv("conv2", x, 8, padded));
  x = net.relu("relu2", net.add("add", x, skip));
  x = net.pool("pool", x,
               {.kind = PoolKind::kAverage, .window = {.kernel = {2, 2}, .stride = {2, 2}}});
  return net.build(net.linear("fc", net.flatten("flatten", x), 5));
}

namespace {

/// Grows a network by random layers. It ends with a layer that has a bias: where an activation cuts
/// nearly everything off, rounding would be large beside what is left.
class RandomNetwork {
 public:
  explicit RandomNetwork(std::uint64_t seed) : net_(seed) {}

  Graph build(bool is_delicate) {
    x_ = net_.input("image", {Shape::kBatch, pick(1, 3), pick(7, 12), pick(7, 12)});
    for (std::int64_t layers = pick(3, 8); layers > 0; --layers) add_images_layer();
    if (chance(0.8)) {
      add_dense_end();
    } else {
      x_ = add_conv(pick(2, 6), true);
    }
    if (is_delicate) add_delicate_end();
    Graph graph = net_.build(x_);
    kill_channels(graph);
    validate(graph);
    return graph;
  }

 private:
  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(net_.random());
  }
  bool chance(double probability) {
    return std::bernoulli_distribution(probability)(net_.random());
  }
  std::string next_name(const std::string& kind) { return kind + std::to_string(count_++); }
  const Shape& shape() { return net_.graph().value(x_).shape; }

  /// 1 or 3, as far as the image is large enough.
  std::int64_t pick_kernel() {
    return chance(0.5) && std::min(shape()[2], shape()[3]) >= 3 ? 3 : 1;
  }

  ValueId add_conv(std::int64_t filters, bool bias) {
    const std::int64_t kernel = pick_kernel();
    return net_.conv(next_name("conv"), x_, filters,
                     {.kernel = kernel,
                      .stride = chance(0.2) ? 2 : 1,
                      .pad = chance(0.5) ? kernel / 2 : 0,
                      .bias = bias});
  }

  void add_depthwise() {
    const std::int64_t channels = shape()[1];
    if (channels < 2) return;
    x_ = net_.conv(next_name("depthwise"), x_, channels * pick(1, 2),
                   {.kernel = pick_kernel(),
                    .pad = chance(0.5) ? 1 : 0,
                    .groups = channels,
                    .bias = chance(0.5)});
  }

  /// Behind a convolution that gives it enough channels.
  void add_grouped() {
    const std::int64_t groups = pick(2, 4), kernel = pick_kernel();
    if (shape()[1] % groups != 0 || shape()[1] == groups || chance(0.5)) {
      x_ = add_conv(groups * pick(2, 4), chance(0.5));
      add_normalised_activation();
    }
    if (std::min(shape()[2], shape()[3]) < kernel) return;
    x_ = net_.conv(next_name("grouped"), x_, groups * pick(1, 4),
                   {.kernel = kernel,
                    .pad = chance(0.5) ? kernel / 2 : 0,
                    .groups = groups,
                    .bias = chance(0.5)});
  }

  ValueId reshape(ValueId x, std::vector<std::int64_t> inner) {
    return net_.graph().add_node(next_name("reshape"), Reshape{std::move(inner)}, {x});
  }

  ValueId transpose(ValueId x, std::vector<std::int64_t> order) {
    return net_.graph().add_node(next_name("transpose"), Transpose{std::move(order)}, {x});
  }

  /// The channels of two or three parts by turns, as exporters write it.
  void add_shuffle() {
    const std::int64_t height = shape()[2], width = shape()[3], channels = shape()[1];
    const std::int64_t parts = channels % 3 == 0 ? 3 : 2;
    if (channels % parts != 0) return;
    x_ = reshape(x_, {channels / parts, height, width});
    x_ = transpose(x_, {0, 2, 1, 3, 4});
    x_ = reshape(x_, {height, width});
  }

  /// Blocks of 2x2 pixels become channels, in ONNX's order or the other, or the other way round.
  void add_moved_pixels() {
    const std::int64_t height = shape()[2], width = shape()[3], channels = shape()[1];
    if (chance(0.4) && channels % 4 == 0 && height * width < 300) {
      x_ = reshape(x_, {2, channels / 4, height, width});
      x_ = transpose(x_, {0, 3, 4, 1, 5, 2});
      x_ = reshape(x_, {height * 2, width * 2});
    } else if (height % 2 == 0 && width % 2 == 0 && channels < 13) {
      x_ = reshape(x_, {height / 2, 2, width / 2, 2});
      x_ = transpose(x_, chance(0.5) ? std::vector<std::int64_t>{0, 3, 5, 1, 2, 4}
                                     : std::vector<std::int64_t>{0, 1, 3, 5, 2, 4});
      x_ = reshape(x_, {height / 2, width / 2});
    }
  }

  void add_residual() {
    const ValueId skip = x_;
    const std::int64_t channels = shape()[1];
    const NetworkBuilder::ConvOptions padded{.pad = 1, .bias = chance(0.5)};
    x_ = net_.conv(next_name("conv"), x_, pick(3, 8), padded);
    add_normalised_activation();
    x_ = net_.conv(next_name("conv"), x_, channels, padded);
    if (chance(0.5)) x_ = net_.batch_norm(next_name("bn"), x_);
    x_ = net_.add(next_name("add"), x_, skip);
  }

  void add_normalised_activation() {
    if (chance(0.6)) x_ = net_.batch_norm(next_name("bn"), x_);
    if (chance(0.7)) add_activation();
  }

  /// Half the time a ReLU. What might leave the range of its function gets a bounded input.
  void add_activation() {
    if (chance(0.5)) {
      x_ = net_.relu(next_name("relu"), x_);
      return;
    }
    const Unary choices[] = {{UnaryKind::kLeakyRelu, 0.125f},
                             {UnaryKind::kClip, -0.5f, 1.0f},
                             {UnaryKind::kClip, 0.25f, 2.0f},
                             {UnaryKind::kSigmoid},
                             {UnaryKind::kTanh},
                             {UnaryKind::kHardSigmoid, 0.25f, 0.5f},
                             {UnaryKind::kHardSwish},
                             {UnaryKind::kElu, 0.75f},
                             {UnaryKind::kSoftplus},
                             {UnaryKind::kGelu},
                             {UnaryKind::kTanhGelu},
                             {UnaryKind::kExp},
                             {UnaryKind::kSqrt},
                             {UnaryKind::kErf},
                             {UnaryKind::kNeg},
                             {UnaryKind::kAbs},
                             {UnaryKind::kSin},
                             {UnaryKind::kCos},
                             {UnaryKind::kAtan},
                             {UnaryKind::kSelu, 1.5f, 1.0f},
                             {UnaryKind::kCelu, 0.75f},
                             {UnaryKind::kMish},
                             {UnaryKind::kSoftsign},
                             {UnaryKind::kShrink, 0.25f, 0.25f}};
    const Unary& chosen = choices[pick(0, std::ssize(choices) - 1)];
    const bool is_sensitive = chosen.kind == UnaryKind::kExp || chosen.kind == UnaryKind::kSqrt;
    if (is_sensitive) x_ = net_.unary(next_name("sigmoid"), x_, {UnaryKind::kSigmoid});
    x_ = net_.unary(next_name("activation"), x_, chosen);
  }

  /// With a number, a number per channel, or one per element; never dividing by one near zero.
  void add_arithmetic() {
    Shape dims(std::vector<std::int64_t>(shape().dims().begin() + 1, shape().dims().end()));
    const std::int64_t form = pick(0, 2);
    for (int axis = form == 0 ? 0 : 1; axis < dims.rank() && form < 2; ++axis) dims[axis] = 1;
    const BinaryKind choices[] = {BinaryKind::kAdd, BinaryKind::kSub,  BinaryKind::kMul,
                                  BinaryKind::kMul, BinaryKind::kDiv,  BinaryKind::kMax,
                                  BinaryKind::kMin, BinaryKind::kPRelu};
    const BinaryKind kind = choices[pick(0, std::ssize(choices) - 1)];
    const std::string name = next_name("arithmetic");
    const bool scales = kind == BinaryKind::kMul || kind == BinaryKind::kDiv;
    const std::string suffix = kind == BinaryKind::kMul ? ".factor" : ".number";
    const ValueId number =
        net_.constant(name + suffix, dims, scales ? 1.0 : 0.0, scales ? 0.1 : 0.5);
    const bool is_ordered = kind == BinaryKind::kDiv || kind == BinaryKind::kPRelu;
    const bool is_second = is_ordered || chance(0.7);
    x_ = is_second ? net_.binary(name, kind, x_, number) : net_.binary(name, kind, number, x_);
    if (chance(0.1)) {
      const ValueId two = net_.graph().add_constant(name + ".two", one_number(), {2.0f});
      x_ = net_.binary(next_name("square"), BinaryKind::kPow, x_, two);
    }
  }

  /// The shape of a single number beside the network as it is.
  Shape one_number() {
    return Shape(std::vector<std::int64_t>(static_cast<std::size_t>(shape().rank()) - 1, 1));
  }

  /// Each channel times a factor made from the means of all.
  void add_squeeze_and_excite() {
    const ValueId whole = x_;
    const Window2d image{.kernel = {shape()[2], shape()[3]}};
    x_ = net_.pool(next_name("pool"), x_, {.kind = PoolKind::kAverage, .window = image});
    x_ = net_.conv(next_name("conv"), x_, pick(1, 4), {.kernel = 1});
    add_activation();
    const std::int64_t channels = net_.graph().value(whole).shape[1];
    x_ = net_.conv(next_name("conv"), x_, channels, {.kernel = 1, .bias = chance(0.5)});
    x_ = net_.unary(next_name("sigmoid"), x_, {UnaryKind::kSigmoid});
    multiply_by(whole);
  }

  /// Each pixel times a factor of its own.
  void add_spatial_gate() {
    const ValueId whole = x_;
    x_ = net_.conv(next_name("conv"), x_, 1, {.kernel = 3, .pad = 1});
    x_ = net_.unary(next_name("sigmoid"), x_, {UnaryKind::kSigmoid});
    multiply_by(whole);
  }

  /// Along the channels two or three convolutions, or one and what it read; along the height equal
  /// ones.
  void add_concat() {
    const std::int64_t axis = chance(0.8) ? 1 : 2;
    const ValueId before = x_;
    const std::int64_t channels = shape()[1];
    std::vector<ValueId> parts;
    if (chance(0.5)) parts.push_back(before);
    for (std::int64_t count = pick(1, 2); count > 0; --count) {
      const std::int64_t filters = axis == 1 ? pick(1, 4) : channels;
      x_ = net_.conv(next_name("conv"), before, filters, {.kernel = 3, .pad = 1});
      add_normalised_activation();
      parts.push_back(x_);
    }
    x_ = net_.concat(next_name("concat"), std::move(parts), axis);
    if (chance(0.3)) {
      const ValueId concatenated = x_;
      const std::int64_t filters = shape()[1];
      x_ = net_.conv(next_name("conv"), before, filters, {.kernel = 3, .pad = 1});
      if (net_.graph().value(concatenated).shape == shape()) {
        x_ = net_.add(next_name("add"), concatenated, x_);
      } else {
        x_ = concatenated;
      }
    }
  }

  /// Joins or parts channels; behind it stand as many as before, or not.
  void add_reshape() {
    const std::int64_t height = shape()[2], width = shape()[3], channels = shape()[1];
    const std::int64_t parts = channels % 2 == 0 ? 2 : 1;
    if (chance(0.5)) {
      x_ = net_.graph().add_node(next_name("reshape"), Reshape{{height * parts, width}}, {x_});
    } else {
      x_ = net_.graph().add_node(next_name("reshape"), Reshape{{width, height}}, {x_});
    }
  }

  void add_softmax() {
    const std::int64_t axis = chance(0.3) ? 1 : pick(2, 3);
    x_ = net_.graph().add_node(next_name("softmax"), Softmax{axis}, {x_});
  }

  /// Less the mean of each row, or of all channels at a pixel, or the like.
  void add_reduction() {
    const ReduceKind kinds[] = {ReduceKind::kMax, ReduceKind::kMin, ReduceKind::kMean,
                                ReduceKind::kL2};
    const std::vector<std::int64_t> axes[] = {{1}, {2}, {3}, {2, 3}, {1, 2, 3}};
    const Reduce op{kinds[pick(0, std::ssize(kinds) - 1)], axes[pick(0, std::ssize(axes) - 1)]};
    const ValueId reduced = net_.graph().add_node(next_name("reduce"), op, {x_});
    x_ = net_.binary(next_name("sub"), BinaryKind::kSub, x_, reduced);
  }

  void multiply_by(ValueId other) {
    const std::string name = next_name("mul");
    x_ = chance(0.5) ? net_.binary(name, BinaryKind::kMul, x_, other)
                     : net_.binary(name, BinaryKind::kMul, other, x_);
  }

  void add_pool() {
    if (std::min(shape()[2], shape()[3]) < 3) return;
    const std::int64_t pad = pick(0, 1);
    const std::int64_t stride = pick(1, 2);
    x_ = net_.pool(
        next_name("pool"), x_,
        {.kind = chance(0.5) ? PoolKind::kMax : PoolKind::kAverage,
         .window = {.kernel = {2, 2}, .stride = {stride, stride}, .pad_begin = {pad, pad}},
         .count_include_pad = chance(0.5)});
  }

  /// Some of the channels, in any order, some of them twice.
  void add_gather(std::int64_t most) {
    const std::int64_t channels = shape()[1];
    std::vector<std::int64_t> indices(static_cast<std::size_t>(pick(1, most)));
    for (std::int64_t& index : indices) index = pick(0, channels - 1);
    x_ = net_.gather(next_name("gather"), x_, std::move(indices));
  }

  /// Coupled with what it was picked from, and in another order.
  void add_gathered_residual() {
    const ValueId skip = x_;
    std::vector<std::int64_t> indices(static_cast<std::size_t>(shape()[1]));
    for (std::int64_t& index : indices) index = pick(0, shape()[1] - 1);
    x_ = net_.gather(next_name("gather"), x_, std::move(indices));
    x_ = net_.add(next_name("add"), x_, skip);
  }

  /// A shortcut without weights: every second pixel, and channels of zeros around those there are.
  void add_widening_residual() {
    const std::int64_t channels = shape()[1], before = pick(0, 2), behind = pick(0, 2);
    std::vector<std::int64_t> indices(static_cast<std::size_t>(before), Gather::kZero);
    for (std::int64_t c = 0; c < channels; ++c) indices.push_back(c);
    indices.insert(indices.end(), static_cast<std::size_t>(behind), Gather::kZero);
    ValueId skip = x_;
    for (int axis = 2; axis < 4; ++axis) {
      SpatialGather every_second{axis, {}};
      for (std::int64_t i = 0; i < shape()[axis]; i += 2) every_second.indices.push_back(i);
      skip = net_.graph().add_node(next_name("slice"), every_second, {skip});
    }
    skip = net_.gather(next_name("gather"), skip, std::move(indices));
    const std::int64_t filters = channels + before + behind;
    x_ = net_.conv(next_name("conv"), x_, filters,
                   {.kernel = 3, .stride = 2, .pad = 1, .bias = chance(0.5)});
    x_ = net_.add(next_name("add"), x_, skip);
  }

  /// With a border of another number when it reaches beyond the image.
  Resize part_of_image() {
    return {.kind = chance(0.5) ? ResizeKind::kLinear : ResizeKind::kNearest,
            .coordinates = ResizeCoordinates::kTfCropAndResize,
            .size = {shape()[2] + 1, shape()[3] + 1},
            .begin = {chance(0.5) ? -0.25f : 0.25f, 0.0f},
            .end = {1.0f, 0.75f},
            .outside = chance(0.5) ? 0.0f : 0.5f};
  }

  /// Pixels elsewhere, more of them, fewer, or weighed by others.
  void add_rearrangement() {
    const std::int64_t height = shape()[2], width = shape()[3], channels = shape()[1];
    const bool is_small = height * width < 300;
    Operator op = SpatialGather{2, {height - 1, 0, height / 2}};
    switch (pick(0, 6)) {
      case 0:
        op = Pad{{pick(0, 2), pick(0, 1)}, {pick(0, 1), pick(0, 2)}, chance(0.5) ? 0.0f : 0.25f};
        break;
      case 1:
        op = Transpose{{0, 1, 3, 2}};
        break;
      case 2:
        if (chance(0.5) && channels < 13) op = Transpose{{0, 2, 3, 1}};
        break;
      case 3:
        if (is_small && channels % 2 == 0) op = DepthToSpace{{1, 2}};
        if (is_small && channels % 4 == 0) op = DepthToSpace{{2, 2}};
        break;
      case 4:
        if (is_small) op = Resize{.size = {height * 2, width * 2}};
        if (chance(0.3)) op = part_of_image();
        break;
      case 5:
        op = Resize{.kind = ResizeKind::kLinear, .size = {(height + 2) / 2 + 1, width}};
        break;
      case 6:
        op = Lrn{pick(1, 5), 0.1f, 0.75f, 1.0f};
        break;
    }
    x_ = net_.graph().add_node(next_name("rearrange"), std::move(op), {x_});
  }

  void add_images_layer() {
    switch (pick(0, 20)) {
      case 0:
        add_depthwise();
        break;
      case 1:
        add_grouped();
        break;
      case 2:
      case 3:
        add_residual();
        break;
      case 4:
        add_pool();
        break;
      case 5:
        if (chance(0.5)) {
          add_gather(shape()[1] + 2);
        } else {
          add_gathered_residual();
        }
        break;
      case 6:
        add_arithmetic();
        break;
      case 7:
        if (chance(0.7)) {
          add_squeeze_and_excite();
        } else {
          add_spatial_gate();
        }
        break;
      case 8:
      case 9:
        add_concat();
        break;
      case 10:
        if (chance(0.4)) {
          add_reshape();
        } else if (chance(0.5)) {
          add_softmax();
        } else {
          add_reduction();
        }
        break;
      case 11:
        add_widening_residual();
        break;
      case 12:
      case 13:
        add_rearrangement();
        break;
      case 14:
        add_grouped();
        break;
      case 15:
        if (chance(0.6)) {
          add_shuffle();
        } else {
          add_moved_pixels();
        }
        break;
      default:
        x_ = add_conv(pick(2, 8), chance(0.5));
        break;
    }
    add_normalised_activation();
  }

  void add_dense_end() {
    if (chance(0.3)) x_ = transpose(x_, {0, 2, 3, 1});
    x_ = net_.flatten("flatten", x_);
    if (chance(0.3)) x_ = net_.batch_norm(next_name("bn"), x_);
    if (chance(0.3)) add_gather(shape()[1]);
    if (chance(0.2)) add_arithmetic();
    x_ = net_.linear(next_name("fc"), x_, pick(3, 10), chance(0.5));
    add_activation();
    if (chance(0.2)) add_arithmetic();
    if (chance(0.2)) add_gather(shape()[1]);
    x_ = net_.linear(next_name("fc"), x_, pick(4, 8));
  }

  void add_batch_norm(float mean, float variance) {
    const std::string name = next_name("bn");
    x_ = net_.batch_norm(name, x_);
    const auto channels = static_cast<std::size_t>(shape()[1]);
    set_elements(net_.graph(), name + ".mean", std::vector<float>(channels, mean));
    set_elements(net_.graph(), name + ".variance", std::vector<float>(channels, variance));
  }

  /// What makes much of rounding: a long row of batch norms each of which doubles what there is,
  /// large terms that cancel, or answers near zero by the difference of what is nearly the same.
  void add_delicate_end() {
    switch (pick(0, 2)) {
      case 0:
        for (std::int64_t more = pick(15, 30); more > 0; --more) add_batch_norm(0.0f, 0.25f);
        break;
      case 1:
        add_batch_norm(0.0f, 1.0f);
        x_ = net_.binary(next_name("arithmetic"), BinaryKind::kAdd, x_,
                         net_.graph().add_constant("large", one_number(), {1000.0f}));
        add_batch_norm(1000.0f, 1.0f);
        break;
      default: {
        const ValueId less =
            net_.binary(next_name("arithmetic"), BinaryKind::kMul, x_,
                        net_.graph().add_constant("nearly_one", one_number(), {1.0f - 0x1p-16f}));
        x_ = net_.binary(next_name("arithmetic"), BinaryKind::kSub, x_, less);
      }
    }
  }

  std::vector<std::int64_t> some(std::int64_t extent) {
    const double share = std::uniform_real_distribution<double>(0.0, 0.7)(net_.random());
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < extent; ++i) {
      if (chance(share)) indices.push_back(i);
    }
    return indices;
  }

  /// Zeroes some filters (half the time biases stay: constant channels), columns, and scales.
  void kill_channels(Graph& graph) {
    const std::vector<Value> values = graph.values;
    for (const Value& value : values) {
      if (!value.is_constant) continue;
      const bool is_weight = value.name.ends_with(".weight");
      if (is_weight && chance(0.5)) zero_slices(graph, value.name, 0, some(value.shape[0]));
      if (is_weight && chance(0.2)) zero_slices(graph, value.name, 1, some(value.shape[1]));
      if (value.name.ends_with(".bias") && chance(0.3)) {
        zero_slices(graph, value.name, 0, some(value.shape[0]));
      }
      const bool scales = value.name.ends_with(".scale") || value.name.ends_with(".factor");
      if (scales && chance(0.2)) {
        zero_slices(graph, value.name, 0, some(value.shape[0]));
      }
    }
  }

  NetworkBuilder net_;
  ValueId x_ = -1;
  int count_ = 0;
};

Value& constant_named(Graph& graph, const std::string& name) {
  const ValueId id = graph.find_value(name);
  if (id < 0 || !graph.value(id).is_constant) throw std::invalid_argument("no constant " + name);
  return graph.value(id);
}

}  // namespace

Graph random_network(std::uint64_t seed) { return RandomNetwork(seed).build(false); }

Graph random_delicate_network(std::uint64_t seed) { return RandomNetwork(seed).build(true); }

void zero_slices(Graph& graph, const std::string& constant, int axis,
                 const std::vector<std::int64_t>& indices) {
  const Value& value = constant_named(graph, constant);
  std::vector<float> elements(value.constant.floats.begin(), value.constant.floats.end());
  std::int64_t inner = 1;
  for (int a = axis + 1; a < value.shape.rank(); ++a) inner *= value.shape[a];
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::int64_t at = static_cast<std::int64_t>(i) / inner % value.shape[axis];
    if (std::ranges::find(indices, at) != indices.end()) elements[i] = 0.0f;
  }
  set_elements(graph, constant, std::move(elements));
}

void set_elements(Graph& graph, const std::string& constant, std::vector<float> elements) {
  constant_named(graph, constant);
  const ValueId id = graph.find_value(constant);
  graph.set_constant(id, graph.value(id).shape, std::move(elements));
}

void zero_filters(Graph& graph, const std::string& layer,
                  const std::vector<std::int64_t>& filters) {
  zero_slices(graph, layer + ".weight", 0, filters);
  if (graph.find_value(layer + ".bias") >= 0) zero_slices(graph, layer + ".bias", 0, filters);
}

}  // namespace ockham::tests
