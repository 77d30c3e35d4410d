#include "runtime/cpu/kernels.h"

#include <array>

#ifdef OCKHAM_WITH_ONEDNN
#include "runtime/cpu/onednn/onednn_kernels.h"
#endif

namespace ockham::cpu {
namespace {

KernelCandidate reference_kernel(const char* reason) {
  return {{.name = "reference",
           .reason = reason,
           .layout = LayoutRule::kRowMajor,
           .supports = reference_supports,
           .reads_unflattened = reads_unflattened,
           .rule = reference_rule},
          make_reference};
}

const KernelCandidate kAllKernels[] = {
    {{"ockham:max_pool", "all channels at once; keeps what is not a number",
      LayoutRule::kChannelsLast, max_pool_supports},
     make_max_pool},
    {{"ockham:average_pool", "all channels at once; sums in double", LayoutRule::kChannelsLast,
      average_pool_supports},
     make_average_pool},
    {{.name = "ockham:planar",
      .reason = "few channels: vectors of pixels are full",
      .layout = LayoutRule::kRowMajor,
      .supports = planar_supports,
      .takes_pool = true,
      .rule = planar_rule},
     make_planar},
#ifdef OCKHAM_WITH_ONEDNN
    {{.name = "onednn_bf16",
      .reason = "convolution, JIT over nhwc; the processor multiplies bfloat16",
      .layout = LayoutRule::kChannelsLast,
      .supports = onednn::bfloat16_convolution_supports,
      .type = StoredType::kBfloat16,
      .rule = onednn::bfloat16_convolution_rule},
     onednn::make_convolution,
     false,
     Precision::kBfloat16},
    {{.name = "onednn_bf16",
      .reason = "linear layer, JIT; the processor multiplies bfloat16",
      .layout = LayoutRule::kAny,
      .supports = onednn::bfloat16_inner_product_supports,
      .reads_unflattened = reads_unflattened,
      .type = StoredType::kBfloat16,
      .rule = onednn::bfloat16_inner_product_rule},
     onednn::make_inner_product,
     false,
     Precision::kBfloat16},
#endif
    {{.name = "ockham:winograd",
      .reason = "fewer multiplications",
      .layout = LayoutRule::kChannelsLast,
      .supports = winograd_supports,
      .takes_residual = true,
      .rule = winograd_rule},
     make_winograd,
     false},
    {{.name = "ockham:tiles_bf16",
      .reason = "half as many bytes of weights to read",
      .layout = LayoutRule::kChannelsLast,
      .supports = bfloat16_convolution_supports,
      .takes_residual = true,
      .rule = bfloat16_convolution_rule},
     make_bfloat16_convolution,
     false,
     Precision::kBfloat16},
    {{.name = "ockham:tiles_bf16",
      .reason = "half as many bytes of weights to read",
      .layout = LayoutRule::kAny,
      .supports = bfloat16_linear_supports,
      .reads_unflattened = reads_unflattened,
      .rule = bfloat16_linear_rule},
     make_bfloat16_linear,
     false,
     Precision::kBfloat16},
    {{.name = "ockham:tiles",
      .reason = "vectors of filters",
      .layout = LayoutRule::kChannelsLast,
      .supports = tiled_convolution_supports,
      .takes_residual = true,
      .rule = tiled_convolution_rule},
     make_tiled_convolution},
    {{.name = "ockham:tiles",
      .reason = "vectors of neurons",
      .layout = LayoutRule::kAny,
      .supports = tiled_linear_supports,
      .reads_unflattened = reads_unflattened,
      .rule = tiled_linear_rule},
     make_tiled_linear},
    {{"ockham:depthwise", "vectors run over pixels", LayoutRule::kChannelsLast, depthwise_supports},
     make_depthwise},
#ifdef OCKHAM_WITH_ONEDNN
    {{"onednn", "convolution, JIT over nhwc", LayoutRule::kChannelsLast,
      onednn::convolution_supports},
     onednn::make_convolution},
    {{"onednn", "linear layer, JIT; columns packed in the input's order", LayoutRule::kAny,
      onednn::inner_product_supports, reads_unflattened},
     onednn::make_inner_product},
#endif
    {{.name = "ockham:im2col",
      .reason = "windows side by side: groups, dilation, huge padding",
      .layout = LayoutRule::kChannelsLast,
      .supports = im2col_supports,
      .rule = im2col_rule},
     make_im2col},
    {{"ockham:unary", "one pass in any layout", LayoutRule::kAny, unary_supports}, make_unary},
    {{"ockham:binary", "one pass in any layout", LayoutRule::kAny, binary_supports}, make_binary},
    {{"ockham:concat", "runs of each input in turn", LayoutRule::kAny, concat_supports},
     make_concat},
    {{"ockham:gather", "by a table in the input's order", LayoutRule::kAny, gather_supports,
      reads_unflattened},
     make_gather},
    {{"ockham:batch_norm", "no convolution before it to fold it into", LayoutRule::kAny,
      batch_norm_supports},
     make_batch_norm},
    {{"ockham:reorder", "elements are needed in the graph's order", LayoutRule::kAnyToRowMajor,
      reorder_supports},
     make_reorder},
    {{"ockham:transpose", "from any layout", LayoutRule::kAnyToRowMajor, transpose_supports},
     make_transpose},
    {{"ockham:depth_to_space", "one pass in any layout", LayoutRule::kAny, depth_to_space_supports},
     make_depth_to_space},
    {{"ockham:spatial_gather", "runs of positions in any layout", LayoutRule::kAny,
      spatial_gather_supports},
     make_spatial_gather},
    {{"ockham:pad", "one pass in any layout", LayoutRule::kAny, pad_supports}, make_pad},
    {{"ockham:resize", "rows first, then pixels", LayoutRule::kAny, resize_supports}, make_resize},
    {{"ockham:softmax", "vectors along or across lines", LayoutRule::kAny, softmax_supports},
     make_softmax},
    {{"ockham:reduce", "vectors of sums in double", LayoutRule::kAny, ordered_reduce_supports},
     make_reduce},
    {{"ockham:reduce", "its result is needed in the graph's order", LayoutRule::kRowMajor,
      reduce_supports},
     make_reduce},
    {{"ockham:arg_extreme", "one pass in any layout", LayoutRule::kAny,
      ordered_arg_extreme_supports},
     make_arg_extreme},
    {{"ockham:arg_extreme", "its result is needed in the graph's order", LayoutRule::kRowMajor,
      arg_extreme_supports},
     make_arg_extreme},
    {{"ockham:top_k", "sorts no more than is asked for", LayoutRule::kAny, top_k_supports},
     make_top_k},
    {{"ockham:lrn", "all channels at once", LayoutRule::kAny, lrn_supports}, make_lrn},
    {{"ockham:fake_quantize", "one pass in any layout", LayoutRule::kAny, fake_quantize_supports},
     make_fake_quantize},
    reference_kernel("nothing faster takes it"),
};

const KernelCandidate kReferenceKernels[] = {reference_kernel("naive kernels were asked for")};

/// Some of a list's candidates. Without allocations, which would count as some session's.
template <std::size_t size>
class Picked {
 public:
  Picked(const KernelCandidate (&list)[size], bool exact_only) {
    for (const KernelCandidate& candidate : list) {
      if (candidate.exact || !exact_only) pointers_[count_++] = &candidate;
    }
  }

  Candidates candidates() const { return {pointers_.data(), count_}; }

 private:
  std::array<const Candidate*, size> pointers_{};
  std::size_t count_ = 0;
};

}  // namespace

Candidates all_kernels() {
  static const Picked all(kAllKernels, false);
  return all.candidates();
}

Candidates exact_kernels() {
  static const Picked exact(kAllKernels, true);
  return exact.candidates();
}

Candidates reference_kernels() {
  static const Picked naive(kReferenceKernels, true);
  return naive.candidates();
}

bool reads_unflattened(const PlanRequest& request, const PlanStep& step) {
  const Operator& op = computing_node(request.graph, step).op;
  return std::holds_alternative<Linear>(op) || std::holds_alternative<Gather>(op);
}

bool may_add_residual(const PlanRequest& request, const PlanStep& step) {
  if (step.residual < 0) return true;
  PlanStep alone = step;
  alone.residual = -1;
#ifdef OCKHAM_WITH_ONEDNN
  if (onednn::bfloat16_convolution_rule(request, alone).rank == Rank::kPreferred &&
      onednn::bfloat16_convolution_supports(request, alone)) {
    return false;
  }
#endif
  return !planar_supports(request, alone) || planar_rule(request, alone).rank != Rank::kPreferred;
}

std::unique_ptr<Kernel> prepare(const KernelContext& context, Candidates candidates) {
  if (context.step.node < 0) {
    if (context.read(0).type == StoredType::kUint8) return make_prepare(context);
    const bool converts = context.read(0).type != context.written().type;
    return converts ? make_conversion(context) : make_reorder(context);
  }
  const Candidate* chosen = candidates[context.step.candidate];
  return static_cast<const KernelCandidate*>(chosen)->prepare(context);
}

}  // namespace ockham::cpu
