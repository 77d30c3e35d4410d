// The kernels that oneDNN runs, as makers for the CPU's list of candidates.
#pragma once

#include <memory>

#include "runtime/cpu/kernel.h"

namespace ockham::cpu::onednn {

/// Conv2d with any window, dilation and groups, with batch norm and ReLU; NHWC. Its kernel reads
/// and writes what the plan says; bfloat16 where the request asks for that, and the processor and
/// oneDNN are fast at it.
bool convolution_supports(const PlanRequest& request, const PlanStep& step);
bool bfloat16_convolution_supports(const PlanRequest& request, const PlanStep& step);
Standing bfloat16_convolution_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_convolution(const KernelContext& context);

/// Linear, with batch norm and ReLU; types as of a convolution. Its input may be of rank 4,
/// flattened by permuting columns.
bool inner_product_supports(const PlanRequest& request, const PlanStep& step);
bool bfloat16_inner_product_supports(const PlanRequest& request, const PlanStep& step);
Standing bfloat16_inner_product_rule(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_inner_product(const KernelContext& context);

}  // namespace ockham::cpu::onednn
