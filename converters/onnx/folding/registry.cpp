#include "converters/onnx/folding/registry.h"

#include <algorithm>
#include <array>

#include "converters/onnx/folding/rules.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {
namespace {

struct Entry {
  std::string_view op_type;
  ImportRule rule;
};

constexpr std::array kRules = {
    Entry{"Add", fold_add},
    Entry{"And", fold_and},
    Entry{"Cast", fold_cast},
    Entry{"Ceil", fold_ceil},
    Entry{"Concat", fold_concat},
    Entry{"ConstantOfShape", fold_constant_of_shape},
    Entry{"CumSum", fold_cum_sum},
    Entry{"DequantizeLinear", fold_dequantize_linear},
    Entry{"Div", fold_div},
    Entry{"Dropout", import_dropout},
    Entry{"Equal", fold_equal},
    Entry{"Expand", fold_expand},
    Entry{"Flatten", fold_flatten},
    Entry{"Floor", fold_floor},
    Entry{"Gather", fold_gather},
    Entry{"GatherElements", fold_gather_elements},
    Entry{"Greater", fold_greater},
    Entry{"GreaterOrEqual", fold_greater_or_equal},
    Entry{"Identity", import_identity},
    Entry{"Less", fold_less},
    Entry{"LessOrEqual", fold_less_or_equal},
    Entry{"Mod", fold_mod},
    Entry{"Mul", fold_mul},
    Entry{"Not", fold_not},
    Entry{"Or", fold_or},
    Entry{"Range", fold_range},
    Entry{"Reshape", fold_reshape},
    Entry{"ScatterND", fold_scatter_nd},
    Entry{"Shape", import_shape},
    Entry{"Size", import_size},
    Entry{"Slice", fold_slice},
    Entry{"Squeeze", fold_squeeze},
    Entry{"Sub", fold_sub},
    Entry{"Transpose", fold_transpose},
    Entry{"Trilu", fold_trilu},
    Entry{"Unsqueeze", fold_unsqueeze},
    Entry{"Where", fold_where},
    Entry{"Xor", fold_xor},
};

}  // namespace

ImportRule find_folding_rule(std::string_view op_type) {
  const auto found = std::ranges::find(kRules, op_type, &Entry::op_type);
  return found == kRules.end() ? nullptr : found->rule;
}

}  // namespace ockham::converters::onnx_io
