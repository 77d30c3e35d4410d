// Which steps run strip by strip (StepChain of the plan).
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "runtime/cpu/kernel.h"

namespace ockham::cpu {

/// What a core may call its own of the caches, in bytes. Activations of less stay there until they
/// are read; those of more pass through a chain, whose strips together have no more, unless the
/// smallest do. Measured with MobileNetV2 on an AMD EPYC (Zen 2: 512 KiB of second-level cache, 16
/// MiB of third): half and twice as much differ little.
inline constexpr std::size_t kCacheBytes = std::size_t{1} << 20;

/// Finds the chains of a plan whose steps have these kernels, and leaves to what passes between
/// their steps as many rows as a strip needs. Before memory is planned.
void plan_row_chains(ExecutionPlan& plan, const Graph& graph,
                     std::span<const std::unique_ptr<Kernel>> kernels);

}  // namespace ockham::cpu
