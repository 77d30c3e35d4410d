// The rules of all operators. Import: one function per ONNX operator, listed in registry.cpp.
// Export: one overload per operator of the Graph; a forgotten one does not compile. Both rules of
// an operator stand in one file.
#pragma once

#include "converters/onnx/export_node.h"
#include "converters/onnx/import_node.h"
#include "runtime/graph/operators.h"

namespace ockham::converters::onnx_io {

void import_add(NodeImport& node);
void import_arg_extreme(NodeImport& node);
void import_average_pool(NodeImport& node);
void import_batch_normalization(NodeImport& node);
void import_cast(NodeImport& node);
void import_clip(NodeImport& node);
void import_concat(NodeImport& node);
void import_constant(NodeImport& node);
void import_constants_only(NodeImport& node);
void import_conv(NodeImport& node);
void import_conv_transpose(NodeImport& node);
void import_depth_to_space(NodeImport& node);
void import_dequantize_linear(NodeImport& node);
void import_div(NodeImport& node);
void import_dropout(NodeImport& node);
void import_expand(NodeImport& node);
void import_flatten(NodeImport& node);
void import_fused_conv(NodeImport& node);
void import_function(NodeImport& node);
void import_gather(NodeImport& node);
void import_gelu(NodeImport& node);
void import_gemm(NodeImport& node);
void import_global_average_pool(NodeImport& node);
void import_global_max_pool(NodeImport& node);
void import_group_normalization(NodeImport& node);
void import_identity(NodeImport& node);
void import_instance_normalization(NodeImport& node);
void import_layer_normalization(NodeImport& node);
void import_lrn(NodeImport& node);
void import_mat_mul(NodeImport& node);
void import_max(NodeImport& node);
void import_max_pool(NodeImport& node);
void import_mean(NodeImport& node);
void import_min(NodeImport& node);
void import_mod(NodeImport& node);
void import_mul(NodeImport& node);
void import_p_relu(NodeImport& node);
void import_pad(NodeImport& node);
void import_pow(NodeImport& node);
void import_quick_gelu(NodeImport& node);
void import_quantize_linear(NodeImport& node);
void import_reduce(NodeImport& node);
void import_reshape(NodeImport& node);
void import_resize(NodeImport& node);
void import_shape(NodeImport& node);
void import_size(NodeImport& node);
void import_slice(NodeImport& node);
void import_softmax(NodeImport& node);
void import_space_to_depth(NodeImport& node);
void import_split(NodeImport& node);
void import_squeeze(NodeImport& node);
void import_sub(NodeImport& node);
void import_sum(NodeImport& node);
void import_tile(NodeImport& node);
void import_top_k(NodeImport& node);
void import_transpose(NodeImport& node);
void import_unsqueeze(NodeImport& node);
void import_upsample(NodeImport& node);

void export_node(const ArgExtreme& op, NodeExport& node);
void export_node(const BatchNorm& op, NodeExport& node);
void export_node(const Binary& op, NodeExport& node);
void export_node(const Concat& op, NodeExport& node);
void export_node(const Conv2d& op, NodeExport& node);
void export_node(const DepthToSpace& op, NodeExport& node);
void export_node(const FakeQuantize& op, NodeExport& node);
void export_node(const Flatten& op, NodeExport& node);
void export_node(const Gather& op, NodeExport& node);
void export_node(const Linear& op, NodeExport& node);
void export_node(const Lrn& op, NodeExport& node);
void export_node(const Pad& op, NodeExport& node);
void export_node(const Pool2d& op, NodeExport& node);
void export_node(const Reduce& op, NodeExport& node);
void export_node(const Reshape& op, NodeExport& node);
void export_node(const Resize& op, NodeExport& node);
void export_node(const Softmax& op, NodeExport& node);
void export_node(const SpatialGather& op, NodeExport& node);
void export_node(const TopK& op, NodeExport& node);
void export_node(const Transpose& op, NodeExport& node);
void export_node(const Unary& op, NodeExport& node);

}  // namespace ockham::converters::onnx_io
