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
    Entry{"Constant", import_constant},
    Entry{"Conv", import_conv},
    Entry{"Dropout", import_dropout},
    Entry{"Flatten", import_flatten},
    Entry{"Gather", import_gather},
    Entry{"Gemm", import_gemm},
    Entry{"GlobalAveragePool", import_global_average_pool},
    Entry{"Identity", import_identity},
    Entry{"MatMul", import_mat_mul},
    Entry{"MaxPool", import_max_pool},
    Entry{"Relu", import_relu},
    Entry{"Reshape", import_reshape},
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
