#include "tests/cases/operator_cases.h"

#include <random>
#include <utility>

#include "tests/cases/test_networks.h"

namespace ockham {
namespace {

constexpr std::int64_t kN = Shape::kBatch;

Window2d window(std::int64_t kernel, std::int64_t stride = 1, std::int64_t padding = 0) {
  return {{kernel, kernel}, {stride, stride}, {padding, padding}, {padding, padding}, {1, 1}};
}

/// Describes one case; the same weights each time.
class CaseBuilder : public tests::NetworkBuilder {
 public:
  explicit CaseBuilder(std::string name) : NetworkBuilder(kSeed), name_(std::move(name)) {}

  ValueId image(Shape shape) { return input("input", std::move(shape)); }

  OperatorCase finish(const std::vector<ValueId>& outputs) {
    graph().name = name_;
    return {name_, build(outputs)};
  }

 private:
  static constexpr std::uint64_t kSeed = 100;

  std::string name_;
};

/// One operator on an image.
OperatorCase image_case(std::string name, Shape input, Operator op) {
  CaseBuilder builder(std::move(name));
  return builder.finish(
      {builder.graph().add_node("y", std::move(op), {builder.image(std::move(input))})});
}

OperatorCase conv_case(std::string name, Shape input, std::int64_t filters, const Conv2d& op,
                       bool bias = true) {
  CaseBuilder builder(std::move(name));
  return builder.finish(
      {builder.conv2d("conv", builder.image(std::move(input)), filters, op, bias)});
}

/// A convolution with a ReLU and a max pool behind it, 2x2 in steps of 2 if nothing else is said.
OperatorCase conv_pool_case(std::string name, Shape input, std::int64_t filters, const Conv2d& op,
                            const Pool2d& pool = {PoolKind::kMax, window(2, 2)}) {
  CaseBuilder builder(std::move(name));
  const ValueId y = builder.conv2d("conv", builder.image(std::move(input)), filters, op);
  return builder.finish({builder.pool("pool", builder.relu("relu", y), pool)});
}

OperatorCase pool_case(std::string name, Shape input, const Pool2d& op) {
  CaseBuilder builder(std::move(name));
  return builder.finish({builder.pool("pool", builder.image(std::move(input)), op)});
}

void add_convolutions(std::vector<OperatorCase>& cases) {
  cases.push_back(conv_case("conv_5x5_one_channel", {kN, 1, 28, 28}, 20, {window(5)}));
  cases.push_back(conv_case("conv_5x5", {kN, 20, 12, 12}, 50, {window(5)}));
  cases.push_back(conv_case("conv_3x3_padded", {kN, 16, 9, 9}, 32, {window(3, 1, 1)}));
  // Where tiles of 2x2 and of 4x4 outputs pay, of images that they do not divide.
  cases.push_back(conv_case("conv_3x3_small_tiles", {kN, 96, 7, 9}, 97, {window(3, 1, 1)}));
  cases.push_back(conv_case("conv_3x3_large_tiles", {kN, 17, 15, 18}, 33,
                            {{{3, 3}, {1, 1}, {0, 2}, {1, 0}, {1, 1}}}));
  cases.push_back(conv_case("conv_3x3_odd_channels", {kN, 7, 10, 10}, 33, {window(3, 1, 1)}));
  cases.push_back(conv_case("conv_stride_2", {kN, 8, 11, 11}, 12, {window(3, 2, 1)}));
  cases.push_back(conv_case("conv_stride_leaves_a_rest", {kN, 3, 10, 8}, 5, {window(3, 3)}));
  cases.push_back(conv_case("conv_asymmetric_padding", {kN, 4, 6, 7}, 6,
                            {{{3, 3}, {1, 1}, {0, 1}, {2, 1}, {1, 1}}}));
  cases.push_back(
      conv_case("conv_padded_row", {kN, 2, 1, 9}, 5, {{{3, 2}, {2, 1}, {1, 2}, {2, 1}, {1, 1}}}));
  cases.push_back(
      conv_case("conv_padded_pixel", {kN, 4, 1, 1}, 6, {{{3, 3}, {2, 1}, {2, 2}, {2, 2}, {1, 1}}}));
  cases.push_back(
      conv_case("conv_rectangular", {kN, 5, 9, 12}, 7, {{{1, 5}, {2, 1}, {0, 2}, {0, 2}, {1, 1}}}));
  cases.push_back(
      conv_case("conv_dilation", {kN, 6, 11, 11}, 9, {{{3, 3}, {1, 1}, {2, 2}, {2, 2}, {2, 2}}}));
  cases.push_back(conv_case("conv_dilation_by_axis", {kN, 3, 12, 9}, 4,
                            {{{3, 2}, {2, 1}, {1, 0}, {0, 1}, {2, 3}}}));
  cases.push_back(conv_case("conv_groups", {kN, 12, 8, 8}, 18, {window(3, 1, 1), 3}));
  cases.push_back(conv_case("conv_depthwise", {kN, 19, 8, 8}, 19, {window(3, 1, 1), 19}));
  cases.push_back(conv_case("conv_depthwise_of_few", {kN, 3, 13, 11}, 3, {window(3, 1, 1), 3}));
  cases.push_back(conv_case("conv_depthwise_stride_2", {kN, 21, 9, 12}, 21, {window(5, 2, 2), 21}));
  cases.push_back(
      conv_case("conv_depthwise_wide_of_a_small_image", {kN, 9, 3, 2}, 9, {window(5, 1, 2), 9}));
  cases.push_back(conv_case("conv_depthwise_dilation", {kN, 10, 12, 13}, 10,
                            {{{3, 3}, {1, 1}, {2, 3}, {2, 3}, {2, 3}}, 10}));
  cases.push_back(conv_case("conv_depthwise_3x3_stride_2", {kN, 24, 9, 11}, 24,
                            {{{3, 3}, {2, 2}, {0, 1}, {1, 1}, {1, 1}}, 24}));
  cases.push_back(conv_case("conv_depthwise_uneven_stride", {kN, 14, 9, 10}, 14,
                            {{{3, 3}, {1, 2}, {1, 0}, {2, 1}, {1, 1}}, 14}));
  cases.push_back(conv_case("conv_depthwise_two_each", {kN, 6, 7, 7}, 12, {window(3, 2, 1), 6}));
  cases.push_back(conv_case("conv_1x1", {kN, 24, 7, 7}, 31, {window(1)}));
  cases.push_back(conv_case("conv_1x1_stride_2", {kN, 10, 7, 7}, 13, {window(1, 2)}));
  cases.push_back(conv_case("conv_one_filter", {kN, 9, 5, 5}, 1, {window(3)}));
  cases.push_back(conv_case("conv_one_pixel", {kN, 11, 3, 3}, 6, {window(3)}));
  cases.push_back(conv_case("conv_no_bias", {kN, 5, 6, 6}, 8, {window(3)}, false));
}

void add_linear_layers(std::vector<OperatorCase>& cases) {
  struct Sizes {
    const char* name;
    std::int64_t inputs, neurons;
    bool bias;
  };
  for (const Sizes& sizes :
       {Sizes{"linear", 64, 32, true}, Sizes{"linear_odd", 37, 11, true},
        Sizes{"linear_one_neuron", 20, 1, true}, Sizes{"linear_one_input", 1, 5, true},
        Sizes{"linear_no_bias", 16, 10, false}, Sizes{"linear_large", 800, 500, true}}) {
    CaseBuilder builder(sizes.name);
    const ValueId x = builder.image({kN, sizes.inputs});
    cases.push_back(builder.finish({builder.linear("fc", x, sizes.neurons, sizes.bias)}));
  }
}

void add_pools(std::vector<OperatorCase>& cases) {
  constexpr auto kMax = PoolKind::kMax, kAverage = PoolKind::kAverage;
  const Window2d uneven = {{3, 2}, {2, 1}, {1, 0}, {2, 1}, {1, 1}};
  cases.push_back(pool_case("max_pool", {kN, 20, 24, 24}, {kMax, window(2, 2)}));
  cases.push_back(pool_case("max_pool_odd", {kN, 5, 7, 9}, {kMax, window(2, 2)}));
  cases.push_back(pool_case("max_pool_overlapping", {kN, 16, 9, 9}, {kMax, window(3, 2, 1)}));
  cases.push_back(pool_case("max_pool_uneven", {kN, 3, 8, 8}, {kMax, uneven}));
  cases.push_back(pool_case("average_pool", {kN, 17, 8, 8}, {kAverage, window(2, 2)}));
  cases.push_back(pool_case("average_pool_global", {kN, 10, 6, 6}, {kAverage, window(6)}));
  cases.push_back(
      pool_case("average_pool_inside", {kN, 6, 7, 7}, {kAverage, window(3, 2, 1), false}));
  cases.push_back(
      pool_case("average_pool_with_pad", {kN, 6, 7, 7}, {kAverage, window(3, 2, 1), true}));
  cases.push_back(pool_case("average_pool_uneven", {kN, 3, 8, 8}, {kAverage, uneven, true}));
  cases.push_back(
      pool_case("average_pool_uneven_inside", {kN, 3, 8, 8}, {kAverage, uneven, false}));
}

void add_single_operators(std::vector<OperatorCase>& cases) {
  {
    CaseBuilder builder("batch_norm");
    cases.push_back(builder.finish({builder.batch_norm("bn", builder.image({kN, 7, 5, 4}))}));
  }
  {
    CaseBuilder builder("batch_norm_rank_2");
    cases.push_back(builder.finish({builder.batch_norm("bn", builder.image({kN, 13}))}));
  }
  {
    CaseBuilder builder("relu");
    cases.push_back(builder.finish({builder.relu("relu", builder.image({kN, 3, 5, 5}))}));
  }
  {
    CaseBuilder builder("relu_rank_3");
    cases.push_back(builder.finish({builder.relu("relu", builder.image({kN, 4, 6}))}));
  }
  {
    CaseBuilder builder("add");
    const ValueId a = builder.input("a", {kN, 3, 4, 5});
    const ValueId b = builder.input("b", {kN, 3, 4, 5});
    cases.push_back(builder.finish({builder.add("add", a, b)}));
  }
  {
    CaseBuilder builder("add_to_itself");
    const ValueId x = builder.image({kN, 3, 4, 4});
    cases.push_back(builder.finish({builder.add("add", x, x)}));
  }
  {
    CaseBuilder builder("flatten_as_output");
    cases.push_back(builder.finish({builder.flatten("flat", builder.image({kN, 3, 4, 5}))}));
  }
  {
    CaseBuilder builder("input_as_output");
    const ValueId x = builder.image({kN, 2, 3, 3});
    cases.push_back(builder.finish({x, builder.relu("relu", x)}));
  }
}

constexpr Unary kUnaries[] = {{UnaryKind::kRelu},
                              {UnaryKind::kLeakyRelu, 0.125f},
                              {UnaryKind::kLeakyRelu, -2.0f},
                              {UnaryKind::kClip, -0.25f, 0.5f},
                              {UnaryKind::kClip, 0.5f, 0.5f},
                              {UnaryKind::kSigmoid},
                              {UnaryKind::kTanh},
                              {UnaryKind::kHardSigmoid, 0.75f, 0.5f},
                              {UnaryKind::kHardSwish},
                              {UnaryKind::kElu, 1.5f},
                              {UnaryKind::kSoftplus},
                              {UnaryKind::kGelu},
                              {UnaryKind::kTanhGelu},
                              {UnaryKind::kExp},
                              {UnaryKind::kErf},
                              {UnaryKind::kNeg},
                              {UnaryKind::kAbs},
                              {UnaryKind::kFloor},
                              {UnaryKind::kCeil},
                              {UnaryKind::kRound},
                              {UnaryKind::kSign},
                              {UnaryKind::kSin},
                              {UnaryKind::kCos},
                              {UnaryKind::kAtan},
                              {UnaryKind::kSinh},
                              {UnaryKind::kCosh},
                              {UnaryKind::kAsinh},
                              {UnaryKind::kSelu, 1.5f, 1.25f},
                              {UnaryKind::kCelu, 0.5f},
                              {UnaryKind::kMish},
                              {UnaryKind::kSoftsign},
                              {UnaryKind::kThresholdedRelu, 0.25f},
                              {UnaryKind::kShrink, 0.25f, 0.125f}};

/// Functions that are not defined, or vary too fast, for some numbers, and between which they are
/// tried.
struct BoundedFunction {
  UnaryKind kind;
  float least, most;
};

constexpr BoundedFunction kBoundedFunctions[] = {
    {UnaryKind::kSqrt, 0.0f, 10.0f},   {UnaryKind::kLog, 0.125f, 10.0f},
    {UnaryKind::kTan, -1.0f, 1.0f},    {UnaryKind::kReciprocal, 0.125f, 10.0f},
    {UnaryKind::kAsin, -0.75f, 0.75f}, {UnaryKind::kAcos, -0.75f, 0.75f},
    {UnaryKind::kAcosh, 1.25f, 10.0f}, {UnaryKind::kAtanh, -0.75f, 0.75f}};

void add_unaries(std::vector<OperatorCase>& cases) {
  int number = 0;
  for (const Unary& op : kUnaries) {
    const std::string name = std::string(name_of(op.kind)) + "_" + std::to_string(number++);
    {
      CaseBuilder builder("unary_" + name);
      cases.push_back(builder.finish({builder.unary("y", builder.image({kN, 3, 5, 5}), op)}));
    }
    {
      CaseBuilder builder("conv_unary_" + name);
      const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 6, 6}), 5, {window(3)});
      cases.push_back(builder.finish({builder.unary("y", y, op)}));
    }
  }
  for (const auto& [kind, least, most] : kBoundedFunctions) {
    CaseBuilder builder("unary_" + std::string(name_of(kind)) + "_of_clip");
    const ValueId x = builder.image({kN, 7});
    const ValueId bounded = builder.unary("clip", x, {UnaryKind::kClip, least, most});
    cases.push_back(builder.finish({builder.unary("y", bounded, {kind})}));
  }
}

constexpr BinaryKind kBinaries[] = {BinaryKind::kAdd, BinaryKind::kSub,   BinaryKind::kMul,
                                    BinaryKind::kDiv, BinaryKind::kMax,   BinaryKind::kMin,
                                    BinaryKind::kPow, BinaryKind::kPRelu, BinaryKind::kFmod};

/// Of two positive activations, behind a convolution: the one in NHWC, the other repeated.
OperatorCase repeated_case(std::string name, BinaryKind kind, const Shape& repeated, bool first) {
  CaseBuilder builder(std::move(name));
  const ValueId x = builder.input("x", {kN, 3, 6, 7}), gate = builder.input("gate", repeated);
  const ValueId y = builder.conv2d("conv", x, 4, {window(3)});
  const ValueId whole = builder.unary("whole", y, {UnaryKind::kSoftplus});
  const ValueId part = builder.unary("part", gate, {UnaryKind::kSoftplus});
  return builder.finish(
      {first ? builder.binary("y", kind, part, whole) : builder.binary("y", kind, whole, part)});
}

/// Of a positive activation [N, 4, 4, 5] and a constant.
OperatorCase constant_case(std::string name, BinaryKind kind, const Shape& constant, bool first) {
  CaseBuilder builder(std::move(name));
  const ValueId x = builder.unary("positive", builder.image({kN, 4, 4, 5}), {UnaryKind::kSoftplus});
  const ValueId number = builder.constant("number", constant, 1.0, 0.1);
  return builder.finish(
      {first ? builder.binary("y", kind, number, x) : builder.binary("y", kind, x, number)});
}

void add_binaries(std::vector<OperatorCase>& cases) {
  for (const BinaryKind kind : kBinaries) {
    const std::string name(name_of(kind));
    cases.push_back(repeated_case(name + "_equal", kind, {kN, 4, 4, 5}, false));
    cases.push_back(repeated_case(name + "_channels", kind, {kN, 4, 1, 1}, false));
    cases.push_back(repeated_case(name + "_pixels", kind, {kN, 1, 4, 5}, false));
    cases.push_back(constant_case(name + "_number", kind, {1, 1, 1}, false));
    cases.push_back(constant_case(name + "_number_per_channel", kind, {4, 1, 1}, false));
    if (kind == BinaryKind::kPRelu) continue;  // what it is of is an activation, and as large as y
    cases.push_back(repeated_case(name + "_channels_first", kind, {kN, 4, 1, 1}, true));
    cases.push_back(constant_case(name + "_number_first", kind, {1, 1, 1}, true));
    cases.push_back(constant_case(name + "_number_per_element", kind, {4, 4, 5}, true));
  }
  cases.push_back(repeated_case("mul_columns", BinaryKind::kMul, {kN, 1, 1, 5}, false));
  cases.push_back(repeated_case("mul_rows", BinaryKind::kMul, {kN, 4, 4, 1}, true));
  cases.push_back(constant_case("mul_number_per_row", BinaryKind::kMul, {1, 4, 1}, false));
  {
    CaseBuilder builder("mul_both_repeated");
    const ValueId a = builder.input("a", {kN, 3, 1, 1}), b = builder.input("b", {kN, 1, 4, 2});
    cases.push_back(builder.finish({builder.binary("y", BinaryKind::kMul, a, b)}));
  }
  {
    CaseBuilder builder("sub_rank_2_relu");
    const ValueId x = builder.image({kN, 9});
    const ValueId y =
        builder.binary("y", BinaryKind::kSub, x, builder.constant("number", {9}, 0.0, 0.5));
    cases.push_back(builder.finish({builder.relu("relu", y)}));
  }
  {
    CaseBuilder builder("conv_mul_number_per_channel_relu");
    const ValueId x = builder.conv2d("conv", builder.image({kN, 3, 6, 6}), 5, {window(3)});
    const ValueId factor = builder.constant("factor", {5, 1, 1}, 0.0, 1.0);
    const ValueId y = builder.binary("mul", BinaryKind::kMul, x, factor);
    cases.push_back(builder.finish({builder.relu("relu", y)}));
  }
}

void add_fused(std::vector<OperatorCase>& cases) {
  {
    CaseBuilder builder("conv_relu");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 8, 8}), 10, {window(3, 1, 1)});
    cases.push_back(builder.finish({builder.relu("relu", y)}));
  }
  {
    CaseBuilder builder("conv_batch_norm_relu");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 4, 8, 8}), 9, {window(3, 1, 1)});
    cases.push_back(builder.finish({builder.relu("relu", builder.batch_norm("bn", y))}));
  }
  {
    CaseBuilder builder("conv_no_bias_batch_norm");
    const ValueId y =
        builder.conv2d("conv", builder.image({kN, 4, 6, 6}), 8, {window(3, 1, 1), 2}, false);
    cases.push_back(builder.finish({builder.batch_norm("bn", y)}));
  }
  {
    CaseBuilder builder("linear_batch_norm_relu");
    const ValueId y = builder.linear("fc", builder.image({kN, 20}), 15);
    cases.push_back(builder.finish({builder.relu("relu", builder.batch_norm("bn", y))}));
  }
  {
    CaseBuilder builder("batch_norm_relu_conv");
    const ValueId y = builder.relu("relu", builder.batch_norm("bn", builder.image({kN, 5, 6, 6})));
    cases.push_back(builder.finish({builder.conv2d("conv", y, 4, {window(3)})}));
  }
  {
    CaseBuilder builder("conv_many_filters_hard_swish");  // in several tiles of filters
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 5, 6}), 70, {window(3)});
    cases.push_back(builder.finish({builder.unary("hard_swish", y, {UnaryKind::kHardSwish})}));
  }
  {
    CaseBuilder builder("conv_read_twice");  // nothing may be fused into it
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 6, 6}), 6, {window(3, 1, 1)});
    cases.push_back(
        builder.finish({builder.add("add", builder.relu("relu", y), builder.batch_norm("bn", y))}));
  }
  {
    CaseBuilder builder("conv_as_output_and_read");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 6, 6}), 6, {window(3)});
    cases.push_back(builder.finish({builder.relu("relu", y), y}));
  }
  {
    CaseBuilder builder("residual_add_relu");
    const ValueId x = builder.image({kN, 6, 7, 7});
    const ValueId first = builder.relu("relu1", builder.conv2d("conv1", x, 6, {window(3, 1, 1)}));
    const ValueId second = builder.conv2d("conv2", first, 6, {window(3, 1, 1)});
    cases.push_back(builder.finish({builder.relu("relu2", builder.add("add", second, first))}));
  }
  for (const std::int64_t kernel : {1, 3}) {
    const std::string side = std::to_string(kernel);
    CaseBuilder builder("conv_" + side + "x" + side + "_residual_add_relu");
    const ValueId x = builder.image({kN, 40, 7, 9});
    const ValueId y = builder.conv2d("conv", x, 40, {window(kernel, 1, kernel / 2)});
    cases.push_back(builder.finish({builder.relu("relu", builder.add("add", x, y))}));
  }
  {
    CaseBuilder builder("conv_stride_2_residual_add_hard_swish");
    const ValueId x = builder.image({kN, 20, 9, 9});
    const ValueId first = builder.conv2d("conv1", x, 37, {window(1, 2)});
    const ValueId second = builder.conv2d("conv2", x, 37, {window(3, 2, 1)});
    const ValueId sum = builder.add("add", first, second);
    cases.push_back(builder.finish({builder.unary("hard_swish", sum, {UnaryKind::kHardSwish})}));
  }
  {
    CaseBuilder builder("conv_depthwise_residual_add_clip");
    const ValueId x = builder.relu("relu", builder.image({kN, 12, 7, 9}));
    const ValueId y = builder.conv2d("conv", x, 12, {window(3, 1, 1), 12});
    const ValueId sum = builder.add("add", y, x);
    cases.push_back(builder.finish({builder.unary("clip", sum, {UnaryKind::kClip, 0.0f, 0.75f})}));
  }
  {
    CaseBuilder builder("conv_depthwise_batch_norm_hard_swish");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 9, 8, 6}), 9, {window(5, 2, 2), 9});
    cases.push_back(builder.finish(
        {builder.unary("hard_swish", builder.batch_norm("bn", y), {UnaryKind::kHardSwish})}));
  }
  {
    CaseBuilder builder("add_of_two_layouts");
    const ValueId x = builder.image({kN, 5, 6, 6});
    const ValueId y = builder.conv2d("conv", x, 5, {window(3, 1, 1)});
    cases.push_back(builder.finish({builder.add("add", x, y)}));
  }
}

/// Convolutions in front of max pools, which kernels for few channels take.
void add_pooled(std::vector<OperatorCase>& cases) {
  constexpr auto kMax = PoolKind::kMax, kAverage = PoolKind::kAverage;
  for (const std::int64_t filters : {1, 3, 5, 9, 13}) {
    const std::string name = "conv_relu_pool_" + std::to_string(filters);
    cases.push_back(conv_pool_case(name, {kN, 1, 28, 28}, filters, {window(5)}));
  }
  cases.push_back(conv_pool_case("conv_relu_pool_odd", {kN, 3, 21, 23}, 5, {window(3)}));
  cases.push_back(conv_pool_case("conv_relu_pool_padded", {kN, 2, 19, 18}, 7, {window(3, 1, 1)}));
  cases.push_back(conv_pool_case("conv_relu_pool_uneven_padding", {kN, 2, 17, 33}, 6,
                                 {{{4, 2}, {1, 1}, {2, 0}, {1, 5}, {1, 1}}}));
  cases.push_back(conv_pool_case("conv_relu_pool_narrow", {kN, 5, 12, 7}, 9, {window(3)}));
  cases.push_back(conv_pool_case("conv_relu_pool_one_row", {kN, 2, 4, 40}, 3, {window(3)}));
  cases.push_back(conv_pool_case("conv_relu_pool_stride_2", {kN, 2, 40, 40}, 5, {window(3, 2)}));
  cases.push_back(
      conv_pool_case("conv_relu_pool_3x3", {kN, 1, 24, 24}, 5, {window(3)}, {kMax, window(3, 2)}));
  cases.push_back(conv_pool_case("conv_relu_pool_padded_pool", {kN, 1, 24, 24}, 5, {window(3)},
                                 {kMax, window(2, 2, 1)}));
  cases.push_back(conv_pool_case("conv_relu_average_pool", {kN, 1, 24, 24}, 5, {window(3)},
                                 {kAverage, window(2, 2)}));
  const Pool2d pool{kMax, window(2, 2)};
  for (const Unary& op : {Unary{UnaryKind::kClip, -0.25f, 0.5f}, Unary{UnaryKind::kAbs}}) {
    const std::string name(name_of(op.kind));
    {
      CaseBuilder builder("conv_" + name + "_pool");
      const ValueId y = builder.conv2d("conv", builder.image({kN, 1, 20, 20}), 5, {window(3)});
      cases.push_back(builder.finish({builder.pool("pool", builder.unary("y", y, op), pool)}));
    }
    {
      CaseBuilder builder("conv_pool_" + name);
      const ValueId y = builder.conv2d("conv", builder.image({kN, 1, 20, 20}), 5, {window(3)});
      cases.push_back(builder.finish({builder.unary("y", builder.pool("pool", y, pool), op)}));
    }
  }
  {
    CaseBuilder builder("conv_batch_norm_pool_conv");
    const ValueId y = builder.conv2d("conv1", builder.image({kN, 1, 22, 22}), 5, {window(3)});
    const ValueId pooled = builder.pool("pool", builder.batch_norm("bn", y), pool);
    cases.push_back(builder.finish({builder.conv2d("conv2", pooled, 24, {window(3, 1, 1)})}));
  }
  {
    CaseBuilder builder("conv_relu_pool_and_read");  // nothing may be fused behind the ReLU
    const ValueId y = builder.relu(
        "relu", builder.conv2d("conv", builder.image({kN, 1, 20, 20}), 5, {window(3)}));
    cases.push_back(builder.finish({builder.pool("pool", y, pool), y}));
  }
}

void add_flattened(std::vector<OperatorCase>& cases) {
  {
    CaseBuilder builder("flatten_input_linear");
    const ValueId flat = builder.flatten("flat", builder.image({kN, 3, 4, 5}));
    cases.push_back(builder.finish({builder.linear("fc", flat, 7)}));
  }
  {
    CaseBuilder builder("pool_flatten_linear_relu");
    const ValueId pooled =
        builder.pool("pool", builder.image({kN, 6, 8, 8}), {PoolKind::kMax, window(2, 2)});
    const ValueId y = builder.linear("fc", builder.flatten("flat", pooled), 9);
    cases.push_back(builder.finish({builder.relu("relu", y)}));
  }
  {
    CaseBuilder builder("conv_flatten_two_readers");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 2, 5, 5}), 4, {window(2)});
    const ValueId flat = builder.flatten("flat", y);
    cases.push_back(
        builder.finish({builder.linear("fc1", flat, 3), builder.linear("fc2", flat, 5)}));
  }
  {
    CaseBuilder builder("conv_flatten_linear_added");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 2, 5, 5}), 3, {window(2)});
    const ValueId flat = builder.flatten("flat", y);
    cases.push_back(builder.finish({builder.add("sum", builder.linear("fc", flat, 48), flat)}));
  }
  {
    CaseBuilder builder("conv_flatten_as_output");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 5, 5}), 4, {window(3)});
    cases.push_back(builder.finish({builder.flatten("flat", y)}));
  }
  {
    CaseBuilder builder("conv_flatten_relu_linear");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 5, 5}), 4, {window(3)});
    const ValueId rectified = builder.relu("relu", builder.flatten("flat", y));
    cases.push_back(builder.finish({builder.linear("fc", rectified, 6)}));
  }
  {
    CaseBuilder builder("flatten_twice_linear");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 5, 5}), 4, {window(3)});
    const ValueId flat = builder.flatten("flat2", builder.flatten("flat1", y));
    cases.push_back(builder.finish({builder.linear("fc", flat, 6)}));
  }
}

OperatorCase gather_case(std::string name, Shape input, std::vector<std::int64_t> indices) {
  CaseBuilder builder(std::move(name));
  return builder.finish(
      {builder.gather("gather", builder.image(std::move(input)), std::move(indices))});
}

void add_gathers(std::vector<OperatorCase>& cases) {
  cases.push_back(gather_case("gather_vector", {kN, 9}, {1, 2, 3, 5, 8}));
  cases.push_back(gather_case("gather_images", {kN, 5, 3, 4}, {3, 0, 0, 4}));
  cases.push_back(gather_case("gather_rank_3", {kN, 4, 6}, {2, 3}));
  cases.push_back(gather_case("gather_one_of_many", {kN, 33}, {32}));
  cases.push_back(gather_case("gather_one_again_and_again", {kN, 1}, {0, 0, 0, 0, 0}));
  cases.push_back(gather_case("gather_everything", {kN, 3, 2, 2}, {0, 1, 2}));
  const std::int64_t zero = Gather::kZero;
  cases.push_back(gather_case("gather_and_zeros", {kN, 3, 4, 5}, {zero, zero, 0, 1, 2, zero}));
  cases.push_back(gather_case("gather_zeros_between", {kN, 6}, {5, zero, 0}));
  cases.push_back(gather_case("gather_zeros_alone", {kN, 4, 3}, {zero}));
  {
    CaseBuilder builder("conv_gather_conv");
    const ValueId y = builder.conv2d("conv1", builder.image({kN, 3, 6, 6}), 7, {window(3, 1, 1)});
    const ValueId picked = builder.gather("gather", y, {6, 1, 2, 2});
    cases.push_back(builder.finish({builder.conv2d("conv2", picked, 4, {window(3, 1, 1)})}));
  }
  {
    CaseBuilder builder("pool_flatten_gather_linear");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 1, 8, 8}), 6, {window(3)});
    const ValueId flat =
        builder.flatten("flat", builder.pool("pool", y, {PoolKind::kMax, window(2, 2)}));
    const ValueId picked = builder.gather("gather", flat, {0, 1, 4, 8, 9, 10, 17, 30, 52, 53});
    cases.push_back(builder.finish({builder.linear("fc", picked, 5)}));
  }
  {
    CaseBuilder builder("flatten_input_gather_linear");
    const ValueId flat = builder.flatten("flat", builder.image({kN, 3, 4, 5}));
    const ValueId picked = builder.gather("gather", flat, {59, 1, 30, 31});
    cases.push_back(builder.finish({builder.linear("fc", picked, 7)}));
  }
  {
    CaseBuilder builder("conv_flatten_gather_beside_linear");
    const ValueId y = builder.conv2d("conv", builder.image({kN, 2, 5, 5}), 4, {window(2)});
    const ValueId flat = builder.flatten("flat", y);
    const ValueId picked = builder.gather("gather", flat, {3, 20, 21, 63});
    cases.push_back(builder.finish({builder.linear("fc1", flat, 3), picked}));
  }
}

OperatorCase concat_case(std::string name, const std::vector<Shape>& shapes, std::int64_t axis) {
  CaseBuilder builder(std::move(name));
  std::vector<ValueId> parts;
  parts.reserve(shapes.size());
  for (const Shape& shape : shapes) {
    parts.push_back(builder.input("input" + std::to_string(parts.size()), shape));
  }
  return builder.finish({builder.concat("concat", std::move(parts), axis)});
}

/// The operator between two convolutions, so that it meets images in any layout.
OperatorCase between_convolutions(std::string name, Operator op) {
  CaseBuilder builder(std::move(name));
  const ValueId x = builder.conv2d("conv1", builder.image({kN, 3, 6, 5}), 8, {window(3, 1, 1)});
  const ValueId y = builder.graph().add_node("between", std::move(op), {x});
  return builder.finish({builder.conv2d("conv2", y, 3, {window(1)})});
}

void add_moves(std::vector<OperatorCase>& cases) {
  const SpatialGather rows{2, {0, 2, 4}};
  cases.push_back(image_case("spatial_gather_rows", {kN, 3, 6, 5}, rows));
  cases.push_back(
      image_case("spatial_gather_mirrored", {kN, 2, 3, 4}, SpatialGather{3, {1, 0, 1, 2, 3, 2}}));
  cases.push_back(image_case("spatial_gather_rank_3", {kN, 4, 6}, SpatialGather{2, {5}}));
  cases.push_back(between_convolutions("conv_spatial_gather_conv", rows));
  const Pad border{{1, 0}, {2, 3}, 0.5f};
  cases.push_back(image_case("pad_image", {kN, 2, 3, 4}, border));
  cases.push_back(image_case("pad_zeros", {kN, 2, 3, 4}, Pad{{0, 1}, {0, 1}}));
  cases.push_back(image_case("pad_rank_3", {kN, 2, 5}, Pad{{2}, {1}, -1.0f}));
  cases.push_back(between_convolutions("conv_pad_conv", border));
  const Transpose channels_last{{0, 2, 3, 1}};
  cases.push_back(image_case("transpose_channels_last", {kN, 3, 4, 5}, channels_last));
  cases.push_back(image_case("transpose_image", {kN, 3, 4, 5}, Transpose{{0, 1, 3, 2}}));
  cases.push_back(image_case("transpose_rank_3", {kN, 3, 7}, Transpose{{0, 2, 1}}));
  cases.push_back(between_convolutions("conv_transpose_conv", channels_last));
  cases.push_back(image_case("depth_to_space_2", {kN, 12, 2, 3}, DepthToSpace{{2, 2}}));
  cases.push_back(image_case("depth_to_space_rows", {kN, 6, 4, 3}, DepthToSpace{{3, 1}}));
  cases.push_back(between_convolutions("conv_depth_to_space_conv", DepthToSpace{{2, 2}}));
  for (const std::int64_t size : {1, 2, 5, 9}) {
    const std::string name = "lrn_" + std::to_string(size);
    cases.push_back(image_case(name, {kN, 5, 3, 4}, Lrn{size, 0.5f, 0.75f, 2.0f}));
  }
  cases.push_back(between_convolutions("conv_lrn_conv", Lrn{3, 0.1f, 0.5f, 1.0f}));
}

void add_resizes(std::vector<OperatorCase>& cases) {
  for (int i = 0; i <= static_cast<int>(kLastResizeCoordinates); ++i) {
    const auto coordinates = static_cast<ResizeCoordinates>(i);
    const std::string name(name_of(coordinates));
    Resize resize{.kind = ResizeKind::kLinear, .coordinates = coordinates, .size = {7, 9}};
    cases.push_back(image_case("resize_linear_" + name, {kN, 2, 4, 5}, resize));
    resize.kind = ResizeKind::kNearest;
    cases.push_back(image_case("resize_nearest_" + name, {kN, 2, 4, 5}, resize));
  }
  for (int i = 0; i <= static_cast<int>(kLastNearestPixel); ++i) {
    const auto nearest = static_cast<NearestPixel>(i);
    const Resize resize{
        .coordinates = ResizeCoordinates::kAsymmetric, .nearest = nearest, .size = {3, 8}};
    cases.push_back(
        image_case("resize_to_" + std::string(name_of(nearest)), {kN, 2, 5, 4}, resize));
  }
  const Resize shrink{.kind = ResizeKind::kLinear, .size = {2, 3}, .antialias = true};
  cases.push_back(image_case("resize_antialias", {kN, 2, 5, 8}, shrink));
  const Resize scaled{.kind = ResizeKind::kLinear, .size = {2, 8}, .scale = {0.6f, 2.1f}};
  cases.push_back(image_case("resize_by_scales", {kN, 2, 4, 4}, scaled));
  Resize part{.kind = ResizeKind::kLinear,
              .coordinates = ResizeCoordinates::kTfCropAndResize,
              .size = {4, 6},  // where it is the input's, ONNX Runtime takes the whole axis
              .begin = {0.25f, -0.25f},
              .end = {1.0f, 0.75f},
              .outside = 2.5f};
  cases.push_back(image_case("resize_part", {kN, 2, 5, 8}, part));
  part.size[0] = 1;
  cases.push_back(image_case("resize_part_to_one_row", {kN, 2, 5, 8}, part));
  part.kind = ResizeKind::kNearest;
  part.size[0] = 4;
  cases.push_back(image_case("resize_part_nearest", {kN, 2, 5, 8}, part));
  cases.push_back(image_case("resize_to_one", {kN, 3, 4, 4}, Resize{.size = {1, 1}}));
  cases.push_back(between_convolutions("conv_resize_conv", Resize{.size = {12, 10}}));
}

void add_concats(std::vector<OperatorCase>& cases) {
  cases.push_back(concat_case("concat_channels", {{kN, 2, 3, 4}, {kN, 1, 3, 4}, {kN, 5, 3, 4}}, 1));
  cases.push_back(concat_case("concat_rows", {{kN, 2, 3, 4}, {kN, 2, 1, 4}}, 2));
  cases.push_back(concat_case("concat_columns", {{kN, 2, 3, 4}, {kN, 2, 3, 2}}, 3));
  cases.push_back(concat_case("concat_vectors", {{kN, 3}, {kN, 6}}, 1));
  cases.push_back(concat_case("concat_one", {{kN, 3, 2}}, 2));
  for (const std::int64_t axis : {1, 2, 3}) {
    CaseBuilder builder("convs_concat_" + std::to_string(axis) + "_conv");
    const ValueId x = builder.image({kN, 3, 6, 7});
    const ValueId a = builder.conv2d("a", x, 5, {window(3, 1, 1)});
    const ValueId b = builder.conv2d("b", x, 5, {window(3, 1, 1)});
    const ValueId concatenated = builder.concat("concat", {a, b, a}, axis);
    cases.push_back(builder.finish({builder.conv2d("conv", concatenated, 4, {window(3)})}));
  }
}

void add_reshapes(std::vector<OperatorCase>& cases) {
  cases.push_back(image_case("reshape_vector_to_pixels", {kN, 6}, Reshape{{1, 1}}));
  cases.push_back(image_case("reshape_parts_channels", {kN, 3, 4, 5}, Reshape{{2, 5}}));
  cases.push_back(image_case("reshape_joins_channels", {kN, 6, 2, 5}, Reshape{{4, 5}}));
  cases.push_back(image_case("reshape_to_rank_5", {kN, 6, 2, 5}, Reshape{{3, 2, 5}}));
  cases.push_back(image_case("reshape_across_channels", {kN, 4, 3, 2}, Reshape{{4, 2}}));
  {
    CaseBuilder builder("conv_reshape_conv");
    const ValueId y = builder.conv2d("conv1", builder.image({kN, 3, 6, 6}), 4, {window(3)});
    const ValueId reshaped = builder.graph().add_node("reshape", Reshape{{8, 4}}, {y});
    cases.push_back(builder.finish({builder.conv2d("conv2", reshaped, 3, {window(3)})}));
  }
}

void add_softmaxes(std::vector<OperatorCase>& cases) {
  cases.push_back(image_case("softmax_vector", {kN, 10}, Softmax{1}));
  cases.push_back(image_case("softmax_channels", {kN, 4, 3, 5}, Softmax{1}));
  cases.push_back(image_case("softmax_rows", {kN, 4, 3, 5}, Softmax{2}));
  cases.push_back(image_case("softmax_columns", {kN, 4, 3, 5}, Softmax{3}));
  for (const SoftmaxKind kind : {SoftmaxKind::kLogSoftmax, SoftmaxKind::kHardmax}) {
    const std::string name(name_of(kind));
    cases.push_back(image_case(name + "_vector", {kN, 10}, Softmax{1, kind}));
    cases.push_back(image_case(name + "_rows", {kN, 4, 3, 5}, Softmax{2, kind}));
  }
}

/// Along the channels, the rows and all; of positive numbers, since some have a logarithm.
void add_reductions(std::vector<OperatorCase>& cases) {
  for (int i = 0; i <= static_cast<int>(kLastReduceKind); ++i) {
    const auto kind = static_cast<ReduceKind>(i);
    const std::pair<const char*, std::vector<std::int64_t>> choices[] = {
        {"_channels", {1}}, {"_rows", {2}}, {"_all", {1, 2, 3}}, {"_channels_and_rows", {1, 2}}};
    for (const auto& [part, axes] : choices) {
      CaseBuilder builder(std::string(name_of(kind)) + part);
      const ValueId x = builder.image({kN, 4, 2, 3});
      const ValueId positive = builder.unary("positive", x, {UnaryKind::kSoftplus});
      cases.push_back(
          builder.finish({builder.graph().add_node("y", Reduce{kind, axes}, {positive})}));
    }
    const std::string name = "conv_" + std::string(name_of(kind)) + "_conv";
    if (kind != ReduceKind::kLogSum) {
      cases.push_back(between_convolutions(name, Reduce{kind, {3}}));
    }
  }
  cases.push_back(
      image_case("reduce_axes_away", {kN, 4, 2, 3}, Reduce{ReduceKind::kL1, {1, 3}, false}));
  cases.push_back(
      image_case("reduce_to_a_number", {kN, 2, 3, 2}, Reduce{ReduceKind::kSum, {1, 2, 3}, false}));
  cases.push_back(image_case("reduce_mean_vector", {kN, 9}, Reduce{ReduceKind::kMean, {1}}));
}

/// Outputs that are indices, and the values beside them.
void add_indices(std::vector<OperatorCase>& cases) {
  for (const ArgKind kind : {ArgKind::kMax, ArgKind::kMin}) {
    const std::string name(name_of(kind));
    cases.push_back(image_case(name + "_vector", {kN, 10}, ArgExtreme{kind, 1, false}));
    cases.push_back(image_case(name + "_channels", {kN, 5, 2, 3}, ArgExtreme{kind, 1, true, true}));
    cases.push_back(image_case(name + "_rows", {kN, 2, 5, 3}, ArgExtreme{kind, 2, false, true}));
  }
  for (const TopKOutput gives : {TopKOutput::kValues, TopKOutput::kIndices}) {
    const std::string name = "top_k_" + std::string(name_of(gives));
    cases.push_back(image_case(name + "_vector", {kN, 10}, TopK{1, 5, true, gives}));
    cases.push_back(image_case(name + "_all", {kN, 3, 4}, TopK{2, 4, true, gives}));
    cases.push_back(image_case(name + "_smallest", {kN, 4, 3}, TopK{1, 2, false, gives}));
  }
  CaseBuilder builder("conv_arg_max");
  const ValueId y = builder.conv2d("conv", builder.image({kN, 3, 6, 6}), 5, {window(3)});
  cases.push_back(builder.finish({builder.graph().add_node("y", ArgExtreme{}, {y}), y}));
}

/// Of an image [N, 3, 4, 5], with scales and zero points of one element, or for each position of an
/// axis.
OperatorCase quantized_case(std::string name, const FakeQuantize& op, std::int64_t count,
                            float zero_point) {
  CaseBuilder builder(std::move(name));
  const ValueId x = builder.image({kN, 3, 4, 5});
  const std::vector<float> zeros(static_cast<std::size_t>(count), zero_point);
  std::vector<float> scales;
  for (std::int64_t i = 0; i < count; ++i) scales.push_back(0.0078125f * static_cast<float>(i + 1));
  Graph& graph = builder.graph();
  const ValueId scale = graph.add_constant("scale", {count}, scales);
  const ValueId zero = graph.add_constant("zero", {count}, zeros);
  return builder.finish({graph.add_node("y", op, {x, scale, zero})});
}

void add_quantizations(std::vector<OperatorCase>& cases) {
  cases.push_back(quantized_case("quantize_uint8", {QuantizedType::kUint8}, 1, 128.0f));
  cases.push_back(quantized_case("quantize_uint8_cuts", {QuantizedType::kUint8}, 1, 0.0f));
  cases.push_back(quantized_case("quantize_int8_channels", {QuantizedType::kInt8, 1}, 3, 0.0f));
  cases.push_back(quantized_case("quantize_int8_columns", {QuantizedType::kInt8, 3}, 5, -3.0f));
  cases.push_back(quantized_case("quantize_uint16", {QuantizedType::kUint16}, 1, 32768.0f));
  cases.push_back(quantized_case("quantize_int16", {QuantizedType::kInt16}, 1, 5.0f));
}

}  // namespace

std::vector<OperatorCase> operator_cases() {
  std::vector<OperatorCase> cases;
  add_convolutions(cases);
  add_linear_layers(cases);
  add_pools(cases);
  add_single_operators(cases);
  add_unaries(cases);
  add_binaries(cases);
  add_fused(cases);
  add_pooled(cases);
  add_flattened(cases);
  add_gathers(cases);
  add_concats(cases);
  add_reshapes(cases);
  add_softmaxes(cases);
  add_reductions(cases);
  add_indices(cases);
  add_quantizations(cases);
  add_moves(cases);
  add_resizes(cases);
  return cases;
}

std::vector<float> random_floats(std::int64_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  // The distributions of the standard library differ between implementations; this does not.
  constexpr float kStep = 2.0f / 16777216.0f;
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = static_cast<float>(generator() >> 8) * kStep - 1.0f;
  return numbers;
}

}  // namespace ockham
