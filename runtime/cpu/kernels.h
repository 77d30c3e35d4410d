// The kernels of the CPU, as makers for the list of candidates. Each says what it can run
// (`..._supports`); where that is not always the best way, `..._rule` says how it stands.
#pragma once

#include <memory>

#include "runtime/cpu/kernel.h"

namespace ockham::cpu {

// The lists. Each candidate in them is a KernelCandidate.

/// Everything that this build has.
Candidates all_kernels();
/// The same without those that transform what they multiply: Winograd's.
Candidates exact_kernels();
/// The naive kernels alone.
Candidates reference_kernels();

/// Makes the kernel of a step that was planned with one of these lists: its candidate's, or a
/// reorder.
std::unique_ptr<Kernel> prepare(const KernelContext& context, Candidates candidates);

/// Of linear layers and gathers, which look an image's elements up where they are.
bool reads_unflattened(const PlanRequest& request, const PlanStep& step);

/// Linear, with batch norm and any activation, on own tiles (vector/tiles.h): preferred where
/// threads share it, and where that beats oneDNN on one.
bool tiled_linear_supports(const PlanRequest& request, const PlanStep& step);
Standing tiled_linear_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_tiled_linear(const KernelContext& context);

/// Whether a convolution's step has no residual sum, or one that it may keep: where ockham:planar
/// or oneDNN in bfloat16, which take none, are preferred for the convolution, the sum is a step of
/// its own.
bool may_add_residual(const PlanRequest& request, const PlanStep& step);

/// Conv2d without groups and dilation, with batch norm, residual sum and any activation, on own
/// tiles, NHWC: preferred where threads share it, and where that is as fast as oneDNN on one.
bool tiled_convolution_supports(const PlanRequest& request, const PlanStep& step);
Standing tiled_convolution_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_tiled_convolution(const KernelContext& context);

/// Both with weights in bfloat16, sums in float32, where the request asks for that: preferred where
/// layers wait for their weights (bfloat16_choice.h), and otherwise only on request.
bool bfloat16_linear_supports(const PlanRequest& request, const PlanStep& step);
Standing bfloat16_linear_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_bfloat16_linear(const KernelContext& context);
bool bfloat16_convolution_supports(const PlanRequest& request, const PlanStep& step);
Standing bfloat16_convolution_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_bfloat16_convolution(const KernelContext& context);

/// Conv2d that tiles can run, of stride 1, with batch norm, any activation and max pool of 2x2, on
/// vectors of pixels (vector/planar.h), NCHW: preferred where few channels make that faster than
/// tiles. With a pool, the activation is one that never falls.
bool planar_supports(const PlanRequest& request, const PlanStep& step);
Standing planar_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_planar(const KernelContext& context);

/// Conv2d that filters each channel by itself, with batch norm and any activation, NHWC.
bool depthwise_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_depthwise(const KernelContext& context);

/// Conv2d of 3x3 taps, stride 1 and at least a vector of channels and filters, with batch norm,
/// residual sum and any activation, NHWC, by Winograd's transforms: preferred where they win
/// (winograd_choice.h). Rounds differently from a plain convolution; tiles with outputs that are
/// not finite are computed again without transforms.
bool winograd_supports(const PlanRequest& request, const PlanStep& step);
Standing winograd_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_winograd(const KernelContext& context);

/// Conv2d of any kind, with batch norm and any activation, on own tiles over copied windows, NHWC:
/// for what neither tiles nor depthwise kernels can run by themselves.
bool im2col_supports(const PlanRequest& request, const PlanStep& step);
Standing im2col_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_im2col(const KernelContext& context);

/// A step of any operator on the naive loops, in the graph's layout: the last resort.
bool reference_supports(const PlanRequest& request, const PlanStep& step);
Standing reference_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_reference(const KernelContext& context);

/// Brings the elements of its one input into the layout of its output; also a flatten or reshape,
/// to row-major order.
bool reorder_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_reorder(const KernelContext& context);

/// Of a step that the planner puts in where an input's arrays are of bytes: to the numbers that the
/// plan's formats say, in any layout.
std::unique_ptr<Kernel> make_prepare(const KernelContext& context);

/// Brings the elements of its one input into the type of its output, in the same layout.
std::unique_ptr<Kernel> make_conversion(const KernelContext& context);

/// From any layout to row-major order.
bool transpose_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_transpose(const KernelContext& context);

/// In any layout.
bool depth_to_space_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_depth_to_space(const KernelContext& context);

/// Element by element, in any layout; what is repeated may be in another.
bool unary_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_unary(const KernelContext& context);
bool binary_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_binary(const KernelContext& context);

/// The largest of each window, and its mean, channels last.
bool max_pool_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_max_pool(const KernelContext& context);
bool average_pool_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_average_pool(const KernelContext& context);

/// Joins activations of one layout along any axis.
bool concat_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_concat(const KernelContext& context);

/// Picks channels in any layout; single elements of an image that was flattened only in name.
bool gather_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_gather(const KernelContext& context);

/// Picks positions along an axis behind the channels, in any layout.
bool spatial_gather_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_spatial_gather(const KernelContext& context);

/// A border around the axes behind the channels, in any layout.
bool pad_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_pad(const KernelContext& context);

/// Of any kind, in any layout.
bool resize_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_resize(const KernelContext& context);

/// Softmax, its logarithm and hardmax along any axis, in any layout.
bool softmax_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_softmax(const KernelContext& context);

/// Reductions of any axes; and those that see numbers and write results in an order that suits any
/// layout.
bool reduce_supports(const PlanRequest& request, const PlanStep& step);
bool ordered_reduce_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_reduce(const KernelContext& context);

/// Where the largest or smallest number stands along any axis; and where that is written in an
/// order that suits any layout.
bool arg_extreme_supports(const PlanRequest& request, const PlanStep& step);
bool ordered_arg_extreme_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_arg_extreme(const KernelContext& context);

/// The largest or smallest numbers along any axis, or their positions, in any layout.
bool top_k_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_top_k(const KernelContext& context);

/// Local response normalisation across channels, in any layout.
bool lrn_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_lrn(const KernelContext& context);

/// Rounding to a quantized type, in any layout.
bool fake_quantize_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_fake_quantize(const KernelContext& context);

/// Batch norm that no convolution could take, in any layout, with its ReLU.
bool batch_norm_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_batch_norm(const KernelContext& context);

}  // namespace ockham::cpu
