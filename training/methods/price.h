// How much the KL of a channel weighs: what removing the channel would save.
#pragma once

#include <vector>

#include "converters/channels/channel_groups.h"
#include "runtime/graph/graph.h"

namespace ockham::training {

/// Scale-free price on cost: w_g = 1 + kappa (dMAC_g / MAC + rho dPAR_g / PAR) for each group,
/// where dMAC_g and dPAR_g vanish when one channel of g is removed (producers, and consumers also
/// behind Gathers, at present widths) and kappa is the nats of training likelihood paid for one
/// e-fold of cost.
std::vector<double> savings_weights(const Graph& graph,
                                    const std::vector<converters::ChannelGroup>& groups,
                                    double kappa, double rho);

/// Price by position: w_g = lambda sqrt(H W), H and W the producer's output extents (1 for linear
/// layers and Gathers). Balances convolutions, whose weights are used H W times, against linear
/// layers.
std::vector<double> position_weights(const Graph& graph,
                                     const std::vector<converters::ChannelGroup>& groups,
                                     double lambda);

}  // namespace ockham::training
