// Which steps run strip by strip (StepChain of the plan).
#pragma once

#include <memory>
#include <span>

#include "runtime/cpu/kernel.h"

namespace ockham::cpu {

/// Finds the chains of a plan whose steps have these kernels, and leaves to what passes between
/// their steps as many rows as a strip needs. Before memory is planned.
void plan_row_chains(ExecutionPlan& plan, const Graph& graph,
                     std::span<const std::unique_ptr<Kernel>> kernels);

}  // namespace ockham::cpu
