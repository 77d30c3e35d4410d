// The weights of a linear layer in the order in which its input lies.
#pragma once

#include <string>

#include "runtime/cpu/kernel.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::cpu {

/// What the layer of the step applies. Where it reads an image that was flattened only in name and
/// lies in NHWC, the columns are in that order.
LayerWeights linear_weights(const KernelContext& context);

/// Names in PackedWeights what `linear_weights` yields.
std::string linear_weights_key(const KernelContext& context);

}  // namespace ockham::cpu
