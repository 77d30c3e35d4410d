// How much the network that is left depends on where the cut was made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "converters/channels/channel_structure.h"
#include "runtime/graph/graph.h"
#include "training/surgery/posterior_record.h"

namespace ockham::training {

/// The network that a cut would leave.
struct CutResult {
  double cut = 0.0;  ///< relevance below which channels go; the method's own cut is 0
  std::int64_t macs = 0;
  std::int64_t params = 0;
};

/// The widest interval around 0 without a relevance; an end is open where no relevance lies beyond.
struct EmptyRegion {
  std::optional<double> low, high;
};

EmptyRegion empty_region(const std::vector<ChannelRecord>& channels);
/// Of all groups together.
EmptyRegion empty_region(const PosteriorRecord& record);
/// "-3.20 and 1.05", "... and more".
std::string empty_region_text(const EmptyRegion& region);

/// What cutting `dense` (with inputs exposed) at `cut` would leave; no group loses its best
/// channel. `channels` are those of `dense`.
CutResult cut_at(const Graph& dense, const converters::Channels& channels,
                 const PosteriorRecord& record, double cut);
/// Cuts from -4 to 4 in steps of 0.5.
std::vector<CutResult> cut_sensitivity(const Graph& dense, const converters::Channels& channels,
                                       const PosteriorRecord& record);

}  // namespace ockham::training
