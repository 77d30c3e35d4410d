#include "runtime/cpu/kernels.h"

#include <array>

#ifdef OCKHAM_WITH_ONEDNN
#include "runtime/cpu/onednn/onednn_kernels.h"
#endif

namespace ockham::cpu {
namespace {

constexpr KernelCandidate kReferenceKernel = {"reference",           "nothing faster takes it",
                                              LayoutRule::kRowMajor, reference_supports,
                                              make_reference,        reads_unflattened};

// Own kernels for the shapes that pruning leaves behind belong at the head of this list.
constexpr KernelCandidate kAllKernels[] = {
    {"ockham:max_pool", "all channels at once; keeps what is not a number",
     LayoutRule::kChannelsLast, max_pool_supports, make_max_pool},
#ifdef OCKHAM_WITH_ONEDNN
    {"onednn", "convolution, JIT over nhwc", LayoutRule::kChannelsLast,
     onednn::convolution_supports, onednn::make_convolution},
    {"onednn", "linear layer, JIT; columns packed in the input's order", LayoutRule::kAny,
     onednn::inner_product_supports, onednn::make_inner_product, reads_unflattened},
    {"onednn", "pooling, JIT over nhwc", LayoutRule::kChannelsLast, onednn::pooling_supports,
     onednn::make_pooling},
#endif
    {"ockham:unary", "one pass in any layout", LayoutRule::kAny, unary_supports, make_unary},
    {"ockham:binary", "one pass in any layout", LayoutRule::kAny, binary_supports, make_binary},
    {"ockham:concat", "runs of each input in turn", LayoutRule::kAny, concat_supports, make_concat},
    {"ockham:gather", "by a table in the input's order", LayoutRule::kAny, gather_supports,
     make_gather, reads_unflattened},
    {"ockham:batch_norm", "no convolution before it to fold it into", LayoutRule::kAny,
     batch_norm_supports, make_batch_norm},
    {"ockham:reorder", "elements are needed in the graph's order", LayoutRule::kAny,
     reorder_supports, make_reorder},
    kReferenceKernel,
};

constexpr KernelCandidate kReferenceKernels[] = {
    {kReferenceKernel.name, "naive kernels were asked for", kReferenceKernel.layout,
     kReferenceKernel.supports, kReferenceKernel.prepare, kReferenceKernel.reads_unflattened}};

}  // namespace

std::span<const KernelCandidate> all_kernels() { return kAllKernels; }

std::span<const KernelCandidate> reference_kernels() { return kReferenceKernels; }

bool has_relu_at_most(const Graph& graph, const PlanStep& step) {
  const Unary* activation = fused_activation(graph, step);
  return activation == nullptr || activation->kind == UnaryKind::kRelu;
}

bool reads_unflattened(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  return std::holds_alternative<Linear>(op) || std::holds_alternative<Gather>(op);
}

std::unique_ptr<Kernel> prepare(const KernelContext& context,
                                std::span<const KernelCandidate> candidates) {
  if (context.step.node < 0) return make_reorder(context);
  return candidates[context.step.candidate].prepare(context);
}

}  // namespace ockham::cpu
