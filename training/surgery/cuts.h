// Cuts: the networks that a network would become by cutting off its least relevant channels.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "converters/channels/channel_structure.h"
#include "runtime/graph/graph.h"
#include "training/surgery/shrink.h"

namespace ockham::training {

/// Relevance of each channel, by group.
using Relevances = std::map<std::string, std::vector<double>>;

/// The relevances with the best channels of each group out of any cut's reach: those, up to `share`
/// of the group, whose relevance is not negative.
Relevances protect_best(Relevances relevances, double share);

class Cuts {
 public:
  /// `channels` are those of `network`.
  Cuts(Graph network, converters::Channels channels, Relevances relevances);

  /// Without the channels whose relevance is below `cut`; a group keeps its most relevant one.
  Graph network(double cut) const;
  std::int64_t macs(double cut) const;

  /// The lowest cut that leaves at most so many MACs; infinity when none does.
  double lowest_leaving_at_most(double macs) const;
  /// The highest cut, up to `most`, that leaves at least so many MACs; minus infinity when none
  /// does.
  double highest_leaving_at_least(double macs, double most) const;

 private:
  Graph network_;
  converters::Channels channels_;
  Relevances relevances_;
  std::vector<double> steps_;  ///< cuts at which one more channel goes, ascending
};

}  // namespace ockham::training
