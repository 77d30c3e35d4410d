#include "converters/onnx/operators/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

struct Entry {
  std::string_view op_type;
  ImportRule rule;
};

constexpr std::array kRules = {
    Entry{"Add", import_add},
    Entry{"AveragePool", import_average_pool},
    Entry{"BatchNormalization", import_batch_normalization},
    Entry{"Cast", import_cast},
    Entry{"Ceil", import_constants_only},
    Entry{"Clip", import_clip},
    Entry{"Concat", import_concat},
    Entry{"Constant", import_constant},
    Entry{"ConstantOfShape", import_constants_only},
    Entry{"Conv", import_conv},
    Entry{"ConvTranspose", import_conv_transpose},
    Entry{"DepthToSpace", import_depth_to_space},
    Entry{"Div", import_div},
    Entry{"Dropout", import_dropout},
    Entry{"Elu", import_elu},
    Entry{"Equal", import_constants_only},
    Entry{"Erf", import_erf},
    Entry{"Exp", import_exp},
    Entry{"Expand", import_expand},
    Entry{"Flatten", import_flatten},
    Entry{"Floor", import_constants_only},
    Entry{"Gather", import_gather},
    Entry{"Gelu", import_gelu},
    Entry{"Gemm", import_gemm},
    Entry{"GlobalAveragePool", import_global_average_pool},
    Entry{"GlobalMaxPool", import_global_max_pool},
    Entry{"HardSigmoid", import_hard_sigmoid},
    Entry{"HardSwish", import_hard_swish},
    Entry{"Identity", import_identity},
    Entry{"LRN", import_lrn},
    Entry{"LeakyRelu", import_leaky_relu},
    Entry{"MatMul", import_mat_mul},
    Entry{"Max", import_max},
    Entry{"MaxPool", import_max_pool},
    Entry{"Min", import_min},
    Entry{"Mul", import_mul},
    Entry{"PRelu", import_p_relu},
    Entry{"Pad", import_pad},
    Entry{"Pow", import_pow},
    Entry{"Range", import_constants_only},
    Entry{"ReduceMean", import_reduce_mean},
    Entry{"Relu", import_relu},
    Entry{"Reshape", import_reshape},
    Entry{"Resize", import_resize},
    Entry{"Shape", import_shape},
    Entry{"Sigmoid", import_sigmoid},
    Entry{"Slice", import_slice},
    Entry{"Softmax", import_softmax},
    Entry{"Softplus", import_softplus},
    Entry{"Split", import_split},
    Entry{"Sqrt", import_sqrt},
    Entry{"Squeeze", import_squeeze},
    Entry{"Sub", import_sub},
    Entry{"Sum", import_sum},
    Entry{"Tanh", import_tanh},
    Entry{"Transpose", import_transpose},
    Entry{"Unsqueeze", import_unsqueeze},
    Entry{"Upsample", import_upsample},
    Entry{"Where", import_constants_only},
};

}  // namespace

ImportRule find_import_rule(std::string_view op_type) {
  const auto found = std::ranges::find(kRules, op_type, &Entry::op_type);
  return found == kRules.end() ? nullptr : found->rule;
}

std::string supported_operators() {
  std::string all;
  for (const Entry& entry : kRules) {
    if (!all.empty()) all += ", ";
    all += entry.op_type;
  }
  return all;
}

}  // namespace ockham::converters::onnx_io
