#include "runtime/cuda/kernels.h"

#include <array>
#include <string>

namespace ockham::cuda {
namespace {

/// What a flatten in front of the step reads, through further ones.
const Shape& flattened_shape(const Graph& graph, ValueId value) {
  NodeId producer = graph.producer(value);
  while (producer >= 0 && std::holds_alternative<Flatten>(graph.node(producer).op)) {
    value = graph.node(producer).inputs[0];
    producer = graph.producer(value);
  }
  return graph.value(value).shape;
}

/// A Gather finds the elements of an image in whatever order and type they lie.
bool gather_reads_unflattened(const PlanRequest& request, const PlanStep& step) {
  return std::holds_alternative<Gather>(computing_node(request.graph, step).op);
}

/// A linear layer finds them in whatever order, but only in the type of its layout.
bool linear_reads_unflattened(const PlanRequest& request, const PlanStep& step) {
  return request.channels_last.type == StoredType::kFloat32 ||
         flattened_shape(request.graph, step.inputs[0]).rank() == 4;
}

const KernelCandidate kCudnnConvolution = {
    {"cudnn", "convolution with all behind it", LayoutRule::kChannelsLast,
     cudnn_convolution_supports, nullptr, true},
    make_cudnn_convolution};
const KernelCandidate kCublasLinear = {
    {"cublaslt", "matrix product with bias and ReLU", LayoutRule::kChannelsLast,
     cublas_linear_supports, linear_reads_unflattened},
    make_cublas_linear};
const KernelCandidate kDepthwiseConvolution = {
    {"ockham:depthwise", "neighbouring pixels share what they read", LayoutRule::kChannelsLast,
     depthwise_convolution_supports, nullptr, true},
    make_depthwise_convolution};
const KernelCandidate kDirectConvolution = {
    {"ockham:direct", "any groups and activation", LayoutRule::kChannelsLast,
     direct_convolution_supports, nullptr, true},
    make_direct_convolution};
const KernelCandidate kDirectLinear = {
    {"ockham:direct", "one warp for each neuron", LayoutRule::kChannelsLast, direct_linear_supports,
     linear_reads_unflattened, true},
    make_direct_linear};
const KernelCandidate kPool = {
    {"ockham:pool", "one thread for each result", LayoutRule::kChannelsLast, pool_supports},
    make_pool};
const KernelCandidate kUnary = {
    {"ockham:unary", "one pass in any layout", LayoutRule::kAny, unary_supports}, make_unary};
const KernelCandidate kBinary = {
    {"ockham:binary", "one pass in any layout", LayoutRule::kAny, binary_supports}, make_binary};
const KernelCandidate kBatchNorm = {{"ockham:batch_norm", "no layer before it to fold it into",
                                     LayoutRule::kAny, batch_norm_supports},
                                    make_batch_norm};
const KernelCandidate kMove = {
    {"ockham:move", "by a table", LayoutRule::kAny, move_supports, gather_reads_unflattened},
    make_move};
const KernelCandidate kRow = {
    {"ockham:rows", "one thread for each result", LayoutRule::kRowMajor, row_supports}, make_row};

constexpr std::array<const Candidate*, 11> kAllKernels = {&kCudnnConvolution,
                                                          &kCublasLinear,
                                                          &kDepthwiseConvolution,
                                                          &kDirectConvolution,
                                                          &kDirectLinear,
                                                          &kPool,
                                                          &kUnary,
                                                          &kBinary,
                                                          &kBatchNorm,
                                                          &kMove,
                                                          &kRow};
constexpr std::array<const Candidate*, 8> kNaiveKernels = {
    &kDirectConvolution, &kDirectLinear, &kPool, &kUnary, &kBinary, &kBatchNorm, &kMove, &kRow};

}  // namespace

Candidates all_kernels() { return kAllKernels; }
Candidates naive_kernels() { return kNaiveKernels; }

ChannelsLast channels_last(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      break;
    case Precision::kTf32:
      return {StoredType::kFloat32, true};
    case Precision::kFloat16:
      return {StoredType::kFloat16, true};
    case Precision::kBfloat16:
      return {StoredType::kBfloat16, true};
  }
  return {StoredType::kFloat32, false};
}

std::unique_ptr<Kernel> prepare(const KernelContext& context, Candidates candidates) {
  if (is_packing(context)) return make_pack(context);
  if (context.step.node < 0) return make_move(context);
  const Candidate* chosen = candidates[context.step.candidate];
  std::unique_ptr<Kernel> made = static_cast<const KernelCandidate*>(chosen)->prepare(context);
  if (made != nullptr) return made;
  throw Error(Status::kInternal, "node '" + context.step.name + "' (" + context.step.op +
                                     "): " + chosen->name + " supports it, but makes no kernel");
}

}  // namespace ockham::cuda
