// What methods that put gates on channels share.
#pragma once

#include "training/methods/method.h"

namespace ockham::training {

/// Folds gates into the network: multiplies the weights by which the group's channels are read with
/// `scale` ([width]), those of the layers that mix them and, through each Gather that selects among
/// them, those of the layers right behind it. To be called without gradients.
void scale_readers(Network& network, std::size_t group, const torch::Tensor& scale);

}  // namespace ockham::training
