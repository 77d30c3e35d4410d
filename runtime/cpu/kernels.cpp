#include "runtime/cpu/kernels.h"

#include <array>

#ifdef OCKHAM_WITH_ONEDNN
#include "runtime/cpu/onednn/onednn_kernels.h"
#endif

namespace ockham::cpu {
namespace {

KernelCandidate reference_kernel(const char* reason) {
  return {{"reference", reason, LayoutRule::kRowMajor, reference_supports, reads_unflattened},
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
      .takes_pool = true},
     make_planar},
    {{"ockham:winograd", "fewer multiplications", LayoutRule::kChannelsLast, winograd_supports},
     make_winograd,
     false},
    {{"ockham:tiles", "threads can share it", LayoutRule::kChannelsLast,
      shared_convolution_supports},
     make_tiled_convolution},
    {{"ockham:tiles", "threads can share it", LayoutRule::kAny, shared_linear_supports,
      reads_unflattened},
     make_tiled_linear},
    {{"ockham:tiles", "small: own tiles are faster than oneDNN", LayoutRule::kChannelsLast,
      small_convolution_supports},
     make_tiled_convolution},
    {{"ockham:tiles", "small: own tiles are faster than oneDNN", LayoutRule::kAny,
      small_linear_supports, reads_unflattened},
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
    {{"ockham:tiles", "vectors of filters", LayoutRule::kChannelsLast, tiled_convolution_supports},
     make_tiled_convolution},
    {{"ockham:tiles", "vectors of neurons", LayoutRule::kAny, tiled_linear_supports,
      reads_unflattened},
     make_tiled_linear},
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
    {{"ockham:reorder", "elements are needed in the graph's order", LayoutRule::kAny,
      reorder_supports},
     make_reorder},
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

std::unique_ptr<Kernel> prepare(const KernelContext& context, Candidates candidates) {
  if (context.step.node < 0) return make_reorder(context);
  const Candidate* chosen = candidates[context.step.candidate];
  return static_cast<const KernelCandidate*>(chosen)->prepare(context);
}

}  // namespace ockham::cpu
