#include "training/methods/price.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "runtime/graph/cost.h"
#include "runtime/graph/known_names.h"

namespace ockham::training {
namespace {

constexpr double kParameterShare = 1.5;  ///< rho: weight of parameters beside MACs in the mixture

constexpr std::array<std::string_view, 4> kNames = {"mixture", "macs", "params", "positions"};

/// How much of what a node costs goes with one channel: `part` of `whole` equal shares.
struct Share {
  double part = 0.0;
  double whole = 1.0;
};

/// The shares of one channel of a group in the nodes that compute or read it.
class Shares {
 public:
  Shares(const Graph& graph, const converters::ChannelGroup& group) : graph_(graph), group_(group) {
    for (const auto& axis : group.producers) add(axis);
    for (const auto& axis : group.consumers) add(axis);
    for (const auto& axis : group.channelwise) {
      if (std::holds_alternative<Conv2d>(graph.node(axis.node).op)) add(axis);
    }
    for (const NodeId gather : group.gathers) add_readers(graph.node(gather));
  }

  const std::map<NodeId, Share>& of_nodes() const { return of_nodes_; }

 private:
  double channels(ValueId value) const { return static_cast<double>(graph_.value(value).shape[1]); }

  void add(const converters::WeightAxis& axis) {
    const auto block = static_cast<double>(group_.in(axis.value).block);
    add(axis.node, {block, channels(axis.value)});
  }

  /// The nodes behind a Gather, by what it picks from the group.
  void add_readers(const Node& gather) {
    std::vector<bool> is_own(static_cast<std::size_t>(channels(gather.inputs[0])), false);
    for (const std::int64_t i : group_.in(gather.inputs[0]).indices) {
      is_own[static_cast<std::size_t>(i)] = true;
    }
    const auto picked = std::ranges::count_if(
        std::get<Gather>(gather.op).indices,
        [&](std::int64_t i) { return i != Gather::kZero && is_own[static_cast<std::size_t>(i)]; });
    const double shares = channels(gather.outputs[0]) * static_cast<double>(group_.width);
    for (const NodeId reader : graph_.readers(gather.outputs[0])) {
      add(reader, {static_cast<double>(picked), shares});
    }
  }

  /// A node that both computes and reads the group loses the larger share.
  void add(NodeId node, Share share) {
    Share& known = of_nodes_[node];
    if (share.part * known.whole > known.part * share.whole) known = share;
  }

  const Graph& graph_;
  const converters::ChannelGroup& group_;
  std::map<NodeId, Share> of_nodes_;
};

/// What goes with one channel of the group.
Savings savings_of(const Graph& graph, const GraphCost& counted,
                   const converters::ChannelGroup& group) {
  const Shares shares(graph, group);
  Savings saved;
  for (const auto& [node, share] : shares.of_nodes()) {
    const NodeCost& cost = counted.nodes[static_cast<std::size_t>(node)];
    saved.macs += static_cast<double>(cost.macs) * share.part / share.whole;
    saved.params += static_cast<double>(cost.params) * share.part / share.whole;
  }
  return saved;
}

double positions(const Graph& graph, const converters::ChannelGroup& group) {
  const NodeId maker = group.producers.empty() ? group.selectors.at(0) : group.producers[0].node;
  const Shape& shape = graph.value(graph.node(maker).outputs[0]).shape;
  return shape.rank() == 4 ? static_cast<double>(shape[2] * shape[3]) : 1.0;
}

/// Shares of MACs and of parameters in the price.
std::pair<double, double> shares(PricedBy by) {
  switch (by) {
    case PricedBy::kMacs:
      return {1.0, 0.0};
    case PricedBy::kParams:
      return {0.0, 1.0};
    default:
      return {1.0, kParameterShare};
  }
}

}  // namespace

std::string_view priced_by_name(PricedBy by) { return kNames[static_cast<std::size_t>(by)]; }

std::vector<std::string> priced_by_names() { return {kNames.begin(), kNames.end()}; }

PricedBy find_priced_by(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) refuse_unknown_name("price by", name, priced_by_names());
  return static_cast<PricedBy>(found - kNames.begin());
}

std::vector<Savings> savings_per_channel(const Graph& graph,
                                         const std::vector<converters::ChannelGroup>& groups) {
  const GraphCost counted = cost(graph);
  std::vector<Savings> savings;
  for (const auto& group : groups) savings.push_back(savings_of(graph, counted, group));
  return savings;
}

std::vector<double> price_weights(const Graph& graph,
                                  const std::vector<converters::ChannelGroup>& groups,
                                  const Price& price) {
  if (price.value == 0.0) return std::vector<double>(groups.size(), 0.0);
  std::vector<double> weights;
  if (price.by == PricedBy::kPositions) {
    for (const auto& group : groups) {
      weights.push_back(price.value * std::sqrt(positions(graph, group)));
    }
    return weights;
  }
  const NodeCost total = cost(graph).total;
  const double kappa = price.value * static_cast<double>(price.samples);
  const auto [macs, params] = shares(price.by);
  for (const Savings& saved : savings_per_channel(graph, groups)) {
    weights.push_back(1.0 + kappa * (macs * saved.macs / static_cast<double>(total.macs) +
                                     params * saved.params / static_cast<double>(total.params)));
  }
  return weights;
}

}  // namespace ockham::training
