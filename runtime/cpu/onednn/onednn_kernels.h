// The kernels that oneDNN runs, as makers for the CPU's list of candidates.
#pragma once

#include <memory>

#include "runtime/cpu/kernel.h"

namespace ockham::cpu::onednn {

/// Conv2d with any window, dilation and groups, with batch norm and ReLU; NHWC.
bool convolution_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_convolution(const KernelContext& context);

/// Linear, with batch norm and ReLU. Its input may be of rank 4, flattened by permuting columns.
bool inner_product_supports(const PlanRequest& request, const PlanStep& step);
std::unique_ptr<Kernel> make_inner_product(const KernelContext& context);

}  // namespace ockham::cpu::onednn
