#include "training/methods/random_weights.h"

#include <algorithm>

#include "converters/channels/joined_groups.h"
#include "converters/pruning/graph_edits.h"

namespace ockham::training {
namespace {

bool is_random(const TorchGraph& torch, const Node& node, RandomLayers which,
               const std::vector<converters::ChannelGroup>& groups) {
  const Graph& graph = torch.graph();
  if (torch.is_frozen(node) || !converters::mixes_channels(node)) return false;
  if (which == RandomLayers::kAll) return true;
  return std::ranges::any_of(groups, [&](const converters::ChannelGroup& group) {
    return std::ranges::any_of(group.producers, [&](const converters::WeightAxis& axis) {
      return &graph.node(axis.node) == &node;
    });
  });
}

/// Channels that the group's selectors pick from others.
torch::Tensor channels_fed(const Graph& graph, const converters::ChannelGroup& group) {
  torch::Tensor fed = torch::zeros({group.width}, torch::kBool);
  for (const NodeId selector : group.selectors) {
    const Node& node = graph.node(selector);
    const auto& indices = std::get<Gather>(node.op).indices;
    const std::int64_t block = std::ssize(indices) / group.width;
    for (std::int64_t k = 0; k < std::ssize(indices); ++k) {
      if (indices[static_cast<std::size_t>(k)] != Gather::kZero) fed[k / block] = true;
    }
  }
  return fed;
}

/// Channels that Gathers pick from the group; all where a concat joins them with others, or a
/// grouped convolution, whose weights are not random, reads them.
torch::Tensor channels_passed_on(const Graph& graph, const converters::ChannelGroup& group,
                                 const std::vector<converters::JoinedGroup>& joined) {
  const bool is_joined = std::ranges::any_of(
      joined, [&](const converters::JoinedGroup& whole) { return whole.has_part(group.name); });
  const bool is_sliced = std::ranges::any_of(
      group.consumers, [](const converters::WeightAxis& axis) { return axis.slices > 1; });
  torch::Tensor passed_on = torch::full({group.width}, is_joined || is_sliced, torch::kBool);
  for (const converters::GatherAxis& axis : group.gathers) {
    for (const std::int64_t index : std::get<Gather>(graph.node(axis.node).op).indices) {
      if (index != Gather::kZero) passed_on[index / axis.block] = true;
    }
  }
  return passed_on;
}

}  // namespace

std::vector<Parameter> RandomWeights::start(const Network& network) const {
  std::vector<Parameter> parameters;
  const Graph& graph = network.torch.graph();
  for (const Node& node : graph.nodes) {
    if (!is_random(network.torch, node, which_, network.groups)) continue;
    const std::string& weight = graph.value(node.inputs[1]).name;
    const torch::Tensor& mean = network.torch.tensors().at(weight);
    torch::Tensor log_variance = torch::full_like(mean, initial_).detach();
    parameters.push_back({.name = "log_variance/" + weight,
                          .tensor = log_variance.requires_grad_(true),
                          .follows_constant = weight});
  }
  return parameters;
}

void RandomWeights::bind(const Network& network, const std::vector<Parameter>& posterior) {
  const Graph& graph = network.torch.graph();
  layers_.clear();
  std::map<NodeId, std::size_t> layer_of;
  for (const Parameter& parameter : posterior) {
    if (!parameter.name.starts_with("log_variance/")) continue;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      if (node.inputs.size() < 2 ||
          graph.value(node.inputs[1]).name != parameter.follows_constant) {
        continue;
      }
      layer_of[static_cast<NodeId>(i)] = layers_.size();
      layers_.push_back({parameter.follows_constant, static_cast<NodeId>(i),
                         network.torch.tensors().at(parameter.follows_constant), parameter.tensor});
    }
  }
  members_.clear();
  const auto joined = converters::joined_groups(graph);
  for (const auto& group : network.groups) {
    Members members{
        .width = group.width,
        .rows = {},
        .columns = {},
        .fed = channels_fed(graph, group).to(network.torch.options().device()),
        .passed_on = channels_passed_on(graph, group, joined).to(network.torch.options().device())};
    for (const auto& axis : group.producers) {
      const auto found = layer_of.find(axis.node);
      if (found == layer_of.end() || graph.node(axis.node).inputs[1] != axis.constant) continue;
      members.rows.push_back(found->second);
    }
    for (const auto& axis : group.consumers) {
      const auto found = layer_of.find(axis.node);
      if (found == layer_of.end()) continue;
      members.columns.push_back(found->second);
    }
    members_.push_back(std::move(members));
  }
}

const RandomWeights::Layer* RandomWeights::find(const torch::Tensor& weight) const {
  const auto found =
      std::ranges::find_if(layers_, [&](const Layer& layer) { return layer.mean.is_same(weight); });
  return found == layers_.end() ? nullptr : &*found;
}

void RandomWeights::project() const {
  const torch::NoGradGuard no_gradients;
  for (const Layer& layer : layers_) {
    torch::Tensor log_variance = layer.log_variance;
    log_variance.clamp_(least_, most_);
  }
}

Side RandomWeights::own_side(std::size_t group) const {
  return members_[group].rows.empty() ? Side::kColumns : Side::kRows;
}

torch::Tensor RandomWeights::where_complete(std::size_t group, Side side,
                                            const torch::Tensor& values, double otherwise) const {
  const Members& members = members_[group];
  if (!values.defined()) {
    return torch::full({members.width}, otherwise,
                       layers_.empty() ? torch::TensorOptions() : layers_[0].mean.options());
  }
  return values.masked_fill(side == Side::kRows ? members.fed : members.passed_on, otherwise);
}

torch::Tensor RandomWeights::by_channel(const torch::Tensor& term, Side side, std::int64_t width) {
  const torch::Tensor rows = side == Side::kRows ? term : term.transpose(0, 1);
  return rows.reshape({width, -1});
}

torch::Tensor RandomWeights::reduce(std::size_t group, Side side,
                                    const std::vector<torch::Tensor>& term, bool sum) const {
  const Members& members = members_[group];
  torch::Tensor result;
  for (const std::size_t layer : side == Side::kRows ? members.rows : members.columns) {
    const torch::Tensor channels = by_channel(term[layer], side, members.width);
    const torch::Tensor part = sum ? channels.sum(1) : std::get<0>(channels.max(1));
    if (!result.defined()) {
      result = part;
    } else {
      result = sum ? result + part : torch::maximum(result, part);
    }
  }
  return result;
}

torch::Tensor RandomWeights::sum(std::size_t group, Side side,
                                 const std::vector<torch::Tensor>& term) const {
  return reduce(group, side, term, true);
}

torch::Tensor RandomWeights::largest(std::size_t group, Side side,
                                     const std::vector<torch::Tensor>& term) const {
  return reduce(group, side, term, false);
}

std::int64_t RandomWeights::count(std::size_t group, Side side) const {
  const Members& members = members_[group];
  std::int64_t weights = 0;
  for (const std::size_t layer : side == Side::kRows ? members.rows : members.columns) {
    weights += layers_[layer].mean.numel() / members.width;
  }
  return weights;
}

std::vector<std::size_t> RandomWeights::layers_outside() const {
  std::vector<std::size_t> outside;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const bool inside = std::ranges::any_of(members_, [&](const Members& members) {
      return std::ranges::find(members.rows, i) != members.rows.end();
    });
    if (!inside) outside.push_back(i);
  }
  return outside;
}

std::vector<torch::Tensor> RandomWeights::mean_squares() const {
  std::vector<torch::Tensor> terms;
  for (const Layer& layer : layers_) terms.push_back(layer.mean.square());
  return terms;
}

std::vector<torch::Tensor> RandomWeights::variances() const {
  std::vector<torch::Tensor> terms;
  for (const Layer& layer : layers_) terms.push_back(layer.log_variance.exp());
  return terms;
}

std::vector<torch::Tensor> RandomWeights::log_variances() const {
  std::vector<torch::Tensor> terms;
  for (const Layer& layer : layers_) terms.push_back(layer.log_variance);
  return terms;
}

std::vector<torch::Tensor> RandomWeights::log_alpha() const {
  std::vector<torch::Tensor> terms;
  for (const Layer& layer : layers_) {
    terms.push_back(layer.log_variance - (layer.mean.square() + kLeastSquare).log());
  }
  return terms;
}

void WeightMethod::start(Network& network) { posterior_ = random_.start(network); }

void WeightMethod::bind(Network& network, const Price& price) {
  SparsityMethod::bind(network, price);
  price_ = price.value;
  random_.bind(network, posterior_);
}

torch::Tensor WeightMethod::mix(const MixingLayer& layer, const torch::Tensor& x) {
  if (!sampling()) return LayerHooks::mix(layer, x);
  return random_.mix(layer, x, [&](const torch::Tensor& like) { return noise_like(like); });
}

torch::Tensor WeightMethod::weighted_kl() {
  torch::Tensor sum = SparsityMethod::weighted_kl();
  for (const std::size_t layer : random_.layers_outside()) sum = sum + price_ * layer_kl(layer);
  return sum;
}

std::vector<SparsityMethod::Moments> WeightMethod::moments() {
  const torch::NoGradGuard no_gradients;
  const auto squares = random_.mean_squares(), variances = random_.variances();
  std::vector<Moments> values;
  for (std::size_t g = 0; g < random_.members().size(); ++g) {
    const Side side = random_.own_side(g);
    const auto count = static_cast<double>(random_.count(g, side));
    if (count == 0.0) {
      const torch::Tensor zeros = torch::zeros({random_.members()[g].width});
      values.push_back({zeros, zeros});
      continue;
    }
    values.push_back({(random_.sum(g, side, squares) / count).sqrt(),
                      (random_.sum(g, side, variances) / count).sqrt()});
  }
  return values;
}

std::vector<torch::Tensor> WeightMethod::relevance() {
  const torch::NoGradGuard no_gradients;
  const auto squares = random_.mean_squares(), variances = random_.variances();
  const auto by = [&](std::size_t g, Side side) {
    const torch::Tensor noise = random_.sum(g, side, variances);
    if (!noise.defined()) return torch::Tensor();
    return kLogAlphaCut - (noise / (random_.sum(g, side, squares) + kLeastSquare)).log();
  };
  std::vector<torch::Tensor> values;
  for (std::size_t g = 0; g < random_.members().size(); ++g) {
    const torch::Tensor columns =
        random_.where_complete(g, Side::kColumns, by(g, Side::kColumns), kLogAlphaCut + kCertain);
    const torch::Tensor rows = by(g, Side::kRows);
    values.push_back(rows.defined() ? torch::where(random_.members()[g].fed, columns, rows)
                                    : columns);
  }
  return values;
}

}  // namespace ockham::training
