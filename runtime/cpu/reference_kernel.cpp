#include <algorithm>
#include <vector>

#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/graph/extrema.h"
#include "runtime/plan/layer_weights.h"
#include "runtime/reference/reference.h"

namespace ockham::cpu {
namespace {

class ReferenceKernel : public Kernel {
 public:
  explicit ReferenceKernel(const KernelContext& context)
      : op_(computing_node(context.graph, context.step).op),
        relu_(fused_activation(context.graph, context.step) != nullptr) {
    const Node& node = computing_node(context.graph, context.step);
    output_shape_ = context.graph.value(node.outputs[0]).shape;
    for (const ValueId input : node.inputs) {
      const Value& value = context.graph.value(input);
      if (!value.is_constant) activations_.push_back(shapes_.size());
      shapes_.push_back(value.shape);
      pointers_.push_back(value.is_constant ? value.constant.floats.data() : nullptr);
    }
    if (folded_batch_norm(context.graph, context.step)) use_folded_weights(context);
  }

  Status run(const KernelArguments& arguments) noexcept override {
    for (std::size_t i = 0; i < activations_.size(); ++i) {
      shapes_[activations_[i]][0] = arguments.batch;
      pointers_[activations_[i]] = arguments.inputs[i];
    }
    output_shape_[0] = arguments.batch;
    reference::run_operator<float>(op_, shapes_, pointers_, output_shape_, arguments.output);
    if (relu_) apply_relu(arguments.output);
    return Status::kOk;
  }

 private:
  void use_folded_weights(const KernelContext& context) {
    const Graph& graph = context.graph;
    const auto rows = static_cast<std::size_t>(shapes_[1][0]);
    const auto weights = static_cast<std::size_t>(shapes_[1].elements());
    folded_ = context.weights.get(layer_weights_key(graph, context.step) + " as in the graph",
                                  (weights + rows) * sizeof(float), [&](AlignedBuffer& packed) {
                                    const LayerWeights layer = layer_weights(graph, context.step);
                                    std::ranges::copy(layer.weight, packed.floats());
                                    std::ranges::copy(layer.bias, packed.floats() + weights);
                                  });
    shapes_.resize(3);
    shapes_[2] = {shapes_[1][0]};
    pointers_.resize(3);
    pointers_[1] = folded_->floats();
    pointers_[2] = folded_->floats() + weights;
  }

  void apply_relu(float* output) const {
    const std::int64_t count = output_shape_.elements();
    for (std::int64_t i = 0; i < count; ++i) output[i] = at_least(output[i], 0.0f);
  }

  Operator op_;
  bool relu_;
  std::vector<Shape> shapes_;             ///< of all inputs, with the batch of the last run
  std::vector<const float*> pointers_;    ///< to all inputs
  std::vector<std::size_t> activations_;  ///< which inputs are no constants
  Shape output_shape_;
  std::shared_ptr<const AlignedBuffer> folded_;
};

}  // namespace

bool reference_supports(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  const bool takes_relu =
      is_layer(op) || std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Binary>(op);
  return (step.batch_norm < 0 || is_layer(op)) &&
         (step.activation < 0 || (takes_relu && has_relu_at_most(request.graph, step)));
}

Standing reference_rule(const PlanRequest&, const PlanStep&) { return {Rank::kLastResort}; }

std::unique_ptr<Kernel> make_reference(const KernelContext& context) {
  return std::make_unique<ReferenceKernel>(context);
}

}  // namespace ockham::cpu
