// The kernels of the device, as makers for the list of candidates. Each says what it takes.
#pragma once

#include <memory>

#include "runtime/cuda/kernel.h"

namespace ockham::cuda {

// The ordered lists. Each candidate in them is a KernelCandidate.
Candidates all_kernels();
Candidates naive_kernels();  ///< own kernels by definition alone

/// How this device keeps activations in channels-last layout: in which type, and whether channels
/// are padded (to what, runtime/plan/storage.cpp says).
ChannelsLast channels_last(Precision precision);

/// The kernel of a step: what its candidate makes, or what reorders.
std::unique_ptr<Kernel> prepare(const KernelContext& context, Candidates candidates);

/// Conv2d without groups, with batch norm, residual sum and ReLU, by cuDNN. Falls back to
/// `make_direct_convolution` where cuDNN refuses the shape.
bool cudnn_convolution_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_cudnn_convolution(const KernelContext& context);

/// Conv2d of any kind, with batch norm, residual sum and any activation.
bool direct_convolution_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_direct_convolution(const KernelContext& context);

/// Conv2d of each channel by itself, one filter a channel, with the same behind it.
bool depthwise_convolution_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_depthwise_convolution(const KernelContext& context);

/// Linear with batch norm and ReLU, by cuBLASLt.
bool cublas_linear_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_cublas_linear(const KernelContext& context);

/// Linear with batch norm, residual sum and any activation.
bool direct_linear_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_direct_linear(const KernelContext& context);

/// Channels last.
bool pool_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_pool(const KernelContext& context);

/// Element by element, in any layout, with an activation behind.
bool unary_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_unary(const KernelContext& context);
bool binary_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_binary(const KernelContext& context);
bool batch_norm_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_batch_norm(const KernelContext& context);

/// Operators that move elements, in any layout; also reorders.
bool move_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_move(const KernelContext& context);

/// A reorder from the graph's layout into channels last.
bool is_packing(const KernelContext& context);
std::unique_ptr<Kernel> make_pack(const KernelContext& context);

/// Operators along axes, row-major.
bool row_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_row(const KernelContext& context);

}  // namespace ockham::cuda
