#include "converters/onnx/operators/one_dimensional.h"
#include "converters/onnx/operators/rules.h"

namespace ockham::converters::onnx_io {

namespace {

/// The first version in which an attribute says whether it is training.
constexpr std::int64_t kFirstWithTrainingMode = 14;

/// Before that, outputs beyond the first (statistics of the batch) mean that it is.
void refuse_statistics(const NodeImport& node) {
  if (node.opset() >= kFirstWithTrainingMode) return;
  for (std::size_t i = 1; i < node.output_count(); ++i) {
    if (!node.has_output(i)) continue;
    node.unsupported("has " + std::to_string(i + 1) +
                     " outputs, which in this version of ONNX means training: it normalises by the "
                     "batch; supported: output 0 alone (inference); export the network for "
                     "inference (PyTorch: model.eval())");
  }
}

}  // namespace

void import_batch_normalization(NodeImport& node) {
  node.expect_inputs(5, 5);
  refuse_statistics(node);
  if (node.attributes().integer("training_mode", 0) != 0) {
    node.unsupported("attribute 'training_mode' is 1; supported: 0 (inference)");
  }
  if (node.attributes().integer("spatial", 1) != 1) {
    node.unsupported("attribute 'spatial' is 0; supported: 1 (statistics per channel)");
  }
  BatchNorm norm;
  norm.epsilon = node.attributes().number("epsilon", 1e-5f);
  norm.momentum = node.attributes().number("momentum", 0.9f);
  const ValueId x = node.activation(0);
  const std::vector<ValueId> statistics = {node.constant(1), node.constant(2), node.constant(3),
                                           node.constant(4)};
  // As Conv does, so that it follows one directly.
  const bool is_one_dimensional = node.shape(x).rank() == 3;
  std::vector<ValueId> inputs = {as_images(node, x)};
  inputs.insert(inputs.end(), statistics.begin(), statistics.end());
  emit_on_images(node, is_one_dimensional ? 1 : 2, norm, std::move(inputs));
}

void export_node(const BatchNorm& op, NodeExport& node) {
  node.set_operator("BatchNormalization");
  node.set_number("epsilon", op.epsilon);
  node.set_number("momentum", op.momentum);
}

}  // namespace ockham::converters::onnx_io
