// The rules that compute nodes whose inputs are all constants, listed in registry.cpp.
#pragma once

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

void fold_add(NodeImport& node);
void fold_and(NodeImport& node);
void fold_cast(NodeImport& node);
void fold_ceil(NodeImport& node);
void fold_concat(NodeImport& node);
void fold_constant_of_shape(NodeImport& node);
void fold_cum_sum(NodeImport& node);
void fold_dequantize_linear(NodeImport& node);
void fold_div(NodeImport& node);
void fold_equal(NodeImport& node);
void fold_expand(NodeImport& node);
void fold_flatten(NodeImport& node);
void fold_floor(NodeImport& node);
void fold_gather(NodeImport& node);
void fold_gather_elements(NodeImport& node);
void fold_greater(NodeImport& node);
void fold_greater_or_equal(NodeImport& node);
void fold_less(NodeImport& node);
void fold_less_or_equal(NodeImport& node);
void fold_mod(NodeImport& node);
void fold_mul(NodeImport& node);
void fold_not(NodeImport& node);
void fold_or(NodeImport& node);
void fold_range(NodeImport& node);
void fold_reshape(NodeImport& node);
void fold_scatter_nd(NodeImport& node);
void fold_slice(NodeImport& node);
void fold_squeeze(NodeImport& node);
void fold_sub(NodeImport& node);
void fold_transpose(NodeImport& node);
void fold_trilu(NodeImport& node);
void fold_unsqueeze(NodeImport& node);
void fold_where(NodeImport& node);
void fold_xor(NodeImport& node);

}  // namespace ockham::converters::onnx_io
