#include "training/methods/price.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "converters/channels/joined_groups.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"

namespace ockham::training {
namespace {

constexpr double kParameterShare = 1.5;  ///< rho: weight of parameters beside MACs in the mixture

constexpr std::array<std::string_view, 4> kNames = {"mixture", "macs", "params", "positions"};

/// The nodes whose cost depends on the group's channels.
std::set<NodeId> nodes_of(const Graph& graph, const converters::ChannelGroup& group) {
  std::set<NodeId> nodes;
  for (const auto& axis : group.producers) nodes.insert(axis.node);
  for (const auto& axis : group.consumers) nodes.insert(axis.node);
  for (const auto& axis : group.carriers) {
    if (std::holds_alternative<Conv2d>(graph.node(axis.node).op)) nodes.insert(axis.node);
  }
  for (const auto& axis : group.gathers) {
    const std::vector<NodeId> behind = graph.readers(graph.node(axis.node).outputs[0]);
    nodes.insert(behind.begin(), behind.end());
  }
  return nodes;
}

/// What goes with one channel of the group in the nodes that have its channels.
Savings savings_of(const Graph& graph, const GraphCost& counted,
                   const converters::ChannelGroup& group) {
  Savings saved;
  for (const NodeId node : nodes_of(graph, group)) {
    const NodeCost& cost = counted.nodes[static_cast<std::size_t>(node)];
    saved.macs += static_cast<double>(cost.macs) / static_cast<double>(group.width);
    saved.params += static_cast<double>(cost.params) / static_cast<double>(group.width);
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
  std::string known;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<PricedBy>(i);
    known += (i == 0 ? "" : ", ") + std::string(kNames[i]);
  }
  throw Error(Status::kInvalidArgument,
              "price by '" + std::string(name) + "' is unknown; known are: " + known);
}

std::vector<Savings> savings_per_channel(const Graph& graph,
                                         const std::vector<converters::ChannelGroup>& groups) {
  const GraphCost counted = cost(graph);
  std::vector<Savings> savings;
  for (const auto& group : groups) savings.push_back(savings_of(graph, counted, group));
  for (const auto& joined : converters::joined_groups(graph)) {
    const Savings of_one = savings_of(graph, counted, joined.group);
    for (const auto& part : joined.parts) {
      const auto found = std::ranges::find(groups, part.group, &converters::ChannelGroup::name);
      if (found == groups.end()) continue;
      Savings& saved = savings[static_cast<std::size_t>(found - groups.begin())];
      saved.macs += of_one.macs * static_cast<double>(part.block);
      saved.params += of_one.params * static_cast<double>(part.block);
    }
  }
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
