// How much the KL of a channel weighs: what removing the channel would save.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "converters/channels/channel_structure.h"
#include "runtime/graph/graph.h"

namespace ockham::training {

/// What a channel is charged for.
enum class PricedBy {
  kMixture,    ///< the share of MACs plus 1.5 times the share of parameters that go with it
  kMacs,       ///< the share of MACs
  kParams,     ///< the share of parameters
  kPositions,  ///< the square root of the positions at which its filter is applied
};

/// "mixture", "macs", "params", "positions".
std::string_view priced_by_name(PricedBy by);
std::vector<std::string> priced_by_names();
/// Throws Error(kInvalidArgument) naming the known ones.
PricedBy find_priced_by(std::string_view name);

/// The price of keeping a channel.
struct Price {
  double value = 0.0;  ///< the user's --price; nothing is charged, and nothing removed, at 0
  PricedBy by = PricedBy::kMixture;
  std::int64_t samples = 1;  ///< N in loss = mean CE + KL / N
};

/// MACs and parameters that go with one channel of each group, producers and consumers (through
/// gathers and concats too), at present widths.
struct Savings {
  double macs = 0.0;
  double params = 0.0;
};
std::vector<Savings> savings_per_channel(const Graph& graph,
                                         const std::vector<converters::ChannelGroup>& groups);

/// Weight of the KL of one channel of each group.
///
/// By MACs, parameters or their mixture: w_g = 1 + kappa (dMAC_g / MAC + rho dPAR_g / PAR), a
/// scale-free price on cost; kappa = value * samples is the nats of training likelihood paid for
/// one e-fold of cost, rho is 1.5. By position: w_g = value * sqrt(H W), H and W the producer's
/// output extents (1 for linear layers), which balances convolutions, whose weights are used H W
/// times, against linear layers. 0 throughout when the value is 0; the least value above 0 charges
/// the whole KL once (the plain bound), but by position.
std::vector<double> price_weights(const Graph& graph,
                                  const std::vector<converters::ChannelGroup>& groups,
                                  const Price& price);

}  // namespace ockham::training
