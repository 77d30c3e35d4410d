#include "runtime/graph/operators.h"

namespace ockham {

std::string_view operator_name(const Operator& op) {
  return std::visit(Overloaded{
                        [](const Conv2d&) -> std::string_view { return "conv2d"; },
                        [](const Linear&) -> std::string_view { return "linear"; },
                        [](const BatchNorm&) -> std::string_view { return "batch_norm"; },
                        [](const Unary& unary) { return name_of(unary.kind); },
                        [](const Binary& binary) { return name_of(binary.kind); },
                        [](const Pool2d& pool) -> std::string_view {
                          switch (pool.kind) {
                            case PoolKind::kMax:
                              return "max_pool";
                            case PoolKind::kAverage:
                              return "average_pool";
                          }
                          return "pool of an unknown kind";
                        },
                        [](const Flatten&) -> std::string_view { return "flatten"; },
                        [](const Gather&) -> std::string_view { return "gather"; },
                        [](const Concat&) -> std::string_view { return "concat"; },
                        [](const Reshape&) -> std::string_view { return "reshape"; },
                        [](const Softmax& softmax) { return name_of(softmax.kind); },
                        [](const SpatialGather&) -> std::string_view { return "spatial_gather"; },
                        [](const Pad&) -> std::string_view { return "pad"; },
                        [](const Transpose&) -> std::string_view { return "transpose"; },
                        [](const DepthToSpace&) -> std::string_view { return "depth_to_space"; },
                        [](const Resize&) -> std::string_view { return "resize"; },
                        [](const Lrn&) -> std::string_view { return "lrn"; },
                        [](const Reduce& reduce) { return name_of(reduce.kind); },
                        [](const FakeQuantize&) -> std::string_view { return "fake_quantize"; },
                        [](const ArgExtreme& arg) { return name_of(arg.kind); },
                        [](const TopK& top) -> std::string_view {
                          return top.gives == TopKOutput::kIndices ? "top_k_indices" : "top_k";
                        },
                    },
                    op);
}

bool is_layer(const Operator& op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
}

ElementType output_type(const Operator& op) {
  const auto* top = std::get_if<TopK>(&op);
  const bool is_index = std::holds_alternative<ArgExtreme>(op) ||
                        (top != nullptr && top->gives == TopKOutput::kIndices);
  return is_index ? ElementType::kInt64 : ElementType::kFloat32;
}

Shape infer_shape(const Operator& op, const OperatorInputs& inputs) {
  return std::visit([&](const auto& alternative) { return infer_shape(alternative, inputs); }, op);
}

NodeCost operator_cost(const Operator& op, const OperatorInputs& inputs, const Shape& output) {
  return std::visit(
      [&](const auto& alternative) { return operator_cost(alternative, inputs, output); }, op);
}

}  // namespace ockham
