#include "training/surgery/cut_sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/graph/cost.h"
#include "training/surgery/cuts.h"

namespace ockham::training {
namespace {

constexpr double kFarthestCut = 4.0;
constexpr double kStep = 0.5;

std::vector<double> relevance_of(const std::vector<ChannelRecord>& channels) {
  std::vector<double> relevance;
  for (const ChannelRecord& channel : channels)
    relevance.push_back(static_cast<double>(channel.relevance));
  return relevance;
}

void narrow(EmptyRegion& region, double relevance) {
  if (relevance < 0.0) region.low = std::max(region.low.value_or(relevance), relevance);
  if (relevance >= 0.0) region.high = std::min(region.high.value_or(relevance), relevance);
}

}  // namespace

EmptyRegion empty_region(const std::vector<ChannelRecord>& channels) {
  EmptyRegion region;
  for (const ChannelRecord& channel : channels) {
    narrow(region, static_cast<double>(channel.relevance));
  }
  return region;
}

EmptyRegion empty_region(const PosteriorRecord& record) {
  EmptyRegion region;
  for (const auto& [name, channels] : record) {
    const EmptyRegion of_group = empty_region(channels);
    if (of_group.low) narrow(region, *of_group.low);
    if (of_group.high) narrow(region, *of_group.high);
  }
  return region;
}

std::string empty_region_text(const EmptyRegion& region) {
  return fmt::format("{} and {}", region.low ? fmt::format("{:.2f}", *region.low) : "anything less",
                     region.high ? fmt::format("{:.2f}", *region.high) : "anything more");
}

CutResult cut_at(const Graph& dense, const converters::Channels& channels,
                 const PosteriorRecord& record, double cut) {
  Relevances relevances;
  for (const auto& [name, judged] : record) relevances[name] = relevance_of(judged);
  const NodeCost left = cost(Cuts(dense, channels, std::move(relevances)).network(cut)).total;
  return {.cut = cut, .macs = left.macs, .params = left.params};
}

std::vector<CutResult> cut_sensitivity(const Graph& dense, const converters::Channels& channels,
                                       const PosteriorRecord& record) {
  std::vector<CutResult> results;
  for (double cut = -kFarthestCut; cut <= kFarthestCut; cut += kStep) {
    results.push_back(cut_at(dense, channels, record, cut));
  }
  return results;
}

}  // namespace ockham::training
