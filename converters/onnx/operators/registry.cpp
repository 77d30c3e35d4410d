#include "converters/onnx/operators/registry.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

struct Entry {
  std::string_view op_type;
  ImportRule rule;
};

constexpr std::array kRules = {
    Entry{"Abs", import_function},
    Entry{"Acos", import_function},
    Entry{"Acosh", import_function},
    Entry{"Add", import_add},
    Entry{"And", import_constants_only},
    Entry{"ArgMax", import_arg_extreme},
    Entry{"ArgMin", import_arg_extreme},
    Entry{"Asin", import_function},
    Entry{"Asinh", import_function},
    Entry{"Atan", import_function},
    Entry{"Atanh", import_function},
    Entry{"AveragePool", import_average_pool},
    Entry{"BatchNormalization", import_batch_normalization},
    Entry{"Cast", import_cast},
    Entry{"Ceil", import_function},
    Entry{"Celu", import_function},
    Entry{"Clip", import_clip},
    Entry{"Concat", import_concat},
    Entry{"Constant", import_constant},
    Entry{"ConstantOfShape", import_constants_only},
    Entry{"Conv", import_conv},
    Entry{"ConvTranspose", import_conv_transpose},
    Entry{"Cos", import_function},
    Entry{"Cosh", import_function},
    Entry{"CumSum", import_constants_only},
    Entry{"DepthToSpace", import_depth_to_space},
    Entry{"DequantizeLinear", import_dequantize_linear},
    Entry{"Div", import_div},
    Entry{"Dropout", import_dropout},
    Entry{"Elu", import_function},
    Entry{"Equal", import_constants_only},
    Entry{"Erf", import_function},
    Entry{"Exp", import_function},
    Entry{"Expand", import_expand},
    Entry{"Flatten", import_flatten},
    Entry{"Floor", import_function},
    Entry{"Gather", import_gather},
    Entry{"GatherElements", import_constants_only},
    Entry{"Gelu", import_gelu},
    Entry{"Gemm", import_gemm},
    Entry{"GlobalAveragePool", import_global_average_pool},
    Entry{"GlobalMaxPool", import_global_max_pool},
    Entry{"Greater", import_constants_only},
    Entry{"GreaterOrEqual", import_constants_only},
    Entry{"GroupNormalization", import_group_normalization},
    Entry{"HardSigmoid", import_function},
    Entry{"HardSwish", import_function},
    Entry{"Hardmax", import_softmax},
    Entry{"Identity", import_identity},
    Entry{"InstanceNormalization", import_instance_normalization},
    Entry{"LRN", import_lrn},
    Entry{"LayerNormalization", import_layer_normalization},
    Entry{"LeakyRelu", import_function},
    Entry{"Less", import_constants_only},
    Entry{"LessOrEqual", import_constants_only},
    Entry{"Log", import_function},
    Entry{"LogSoftmax", import_softmax},
    Entry{"MatMul", import_mat_mul},
    Entry{"Max", import_max},
    Entry{"MaxPool", import_max_pool},
    Entry{"Mean", import_mean},
    Entry{"Min", import_min},
    Entry{"Mish", import_function},
    Entry{"Mod", import_mod},
    Entry{"Mul", import_mul},
    Entry{"Neg", import_function},
    Entry{"Not", import_constants_only},
    Entry{"Or", import_constants_only},
    Entry{"PRelu", import_p_relu},
    Entry{"Pad", import_pad},
    Entry{"Pow", import_pow},
    Entry{"QuantizeLinear", import_quantize_linear},
    Entry{"Range", import_constants_only},
    Entry{"Reciprocal", import_function},
    Entry{"ReduceL1", import_reduce},
    Entry{"ReduceL2", import_reduce},
    Entry{"ReduceLogSum", import_reduce},
    Entry{"ReduceLogSumExp", import_reduce},
    Entry{"ReduceMax", import_reduce},
    Entry{"ReduceMean", import_reduce},
    Entry{"ReduceMin", import_reduce},
    Entry{"ReduceProd", import_reduce},
    Entry{"ReduceSum", import_reduce},
    Entry{"ReduceSumSquare", import_reduce},
    Entry{"Relu", import_function},
    Entry{"Reshape", import_reshape},
    Entry{"Resize", import_resize},
    Entry{"Round", import_function},
    Entry{"ScatterND", import_constants_only},
    Entry{"Selu", import_function},
    Entry{"Shape", import_shape},
    Entry{"Shrink", import_function},
    Entry{"Sigmoid", import_function},
    Entry{"Sign", import_function},
    Entry{"Sin", import_function},
    Entry{"Sinh", import_function},
    Entry{"Size", import_size},
    Entry{"Slice", import_slice},
    Entry{"Softmax", import_softmax},
    Entry{"Softplus", import_function},
    Entry{"Softsign", import_function},
    Entry{"SpaceToDepth", import_space_to_depth},
    Entry{"Split", import_split},
    Entry{"Sqrt", import_function},
    Entry{"Squeeze", import_squeeze},
    Entry{"Sub", import_sub},
    Entry{"Sum", import_sum},
    Entry{"Tan", import_function},
    Entry{"Tanh", import_function},
    Entry{"ThresholdedRelu", import_function},
    Entry{"Tile", import_tile},
    Entry{"TopK", import_top_k},
    Entry{"Transpose", import_transpose},
    Entry{"Trilu", import_constants_only},
    Entry{"Unsqueeze", import_unsqueeze},
    Entry{"Upsample", import_upsample},
    Entry{"Where", import_constants_only},
    Entry{"Xor", import_constants_only},
};

/// Of domain com.microsoft: what ONNX Runtime writes into networks that it has optimised.
constexpr std::array kMicrosoftRules = {
    Entry{"FusedConv", import_fused_conv},
    Entry{"Gelu", import_gelu},
    Entry{"QuickGelu", import_quick_gelu},
};

/// What to do about operators that no network of ours has.
struct Advice {
  std::string_view op_type, text;
};

constexpr std::string_view kRecurrent =
    "recurrent layers are not supported: Ockham is for feed-forward convolutional networks; export "
    "the convolutional part alone, and run the recurrent one in another runtime";
constexpr std::string_view kControlFlow =
    "control flow is not supported: Ockham is for feed-forward convolutional networks; export the "
    "network by tracing, or unroll it with a simplifier such as onnxsim";

constexpr Advice kAdvice[] = {{"GRU", kRecurrent},    {"If", kControlFlow}, {"LSTM", kRecurrent},
                              {"Loop", kControlFlow}, {"RNN", kRecurrent},  {"Scan", kControlFlow}};

template <class Entries>
ImportRule find_rule(const Entries& entries, std::string_view op_type) {
  const auto found = std::ranges::find(entries, op_type, &Entry::op_type);
  return found == entries.end() ? nullptr : found->rule;
}

template <class Entries>
std::string names_of(const Entries& entries) {
  std::string all;
  for (const Entry& entry : entries) {
    if (!all.empty()) all += ", ";
    all += entry.op_type;
  }
  return all;
}

}  // namespace

ImportRule find_import_rule(std::string_view op_type) { return find_rule(kRules, op_type); }

ImportRule find_microsoft_rule(std::string_view op_type) {
  return find_rule(kMicrosoftRules, op_type);
}

std::string refusal_of(std::string_view domain, std::string_view op_type) {
  if (domain == kMicrosoftDomain) {
    return "the operator is ONNX Runtime's own; supported of its operators: " +
           names_of(kMicrosoftRules) +
           "; export the network as it was before ONNX Runtime optimised it";
  }
  const auto known = std::ranges::find(kAdvice, op_type, &Advice::op_type);
  if (known != std::end(kAdvice)) return std::string(known->text);
  return "the operator is not supported; supported: " + supported_operators();
}

std::string supported_operators() { return names_of(kRules); }

}  // namespace ockham::converters::onnx_io
