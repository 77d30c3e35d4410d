#include "training/methods/random_weights.h"

#include <algorithm>

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

/// The channel of the group that each channel of the value is; -1: of another group.
std::vector<std::int64_t> channels_in(const converters::ChannelStructure& channels,
                                      const converters::ChannelGroup& group, ValueId value) {
  std::vector<std::int64_t> found;
  for (const converters::ChannelId& id : channels.of(value).ids) {
    found.push_back(id.group == group.number ? id.channel : -1);
  }
  return found;
}

/// Channels that the group's selectors pick from others.
torch::Tensor channels_fed(const Network& network, const converters::ChannelGroup& group) {
  torch::Tensor fed = torch::zeros({group.width}, torch::kBool);
  for (const NodeId selector : group.selectors) {
    const Node& node = network.torch.graph().node(selector);
    const auto& indices = std::get<Gather>(node.op).indices;
    const auto own = channels_in(*network.channels, group, node.outputs[0]);
    for (std::size_t k = 0; k < indices.size(); ++k) {
      if (indices[k] != Gather::kZero && own[k] >= 0) fed[own[k]] = true;
    }
  }
  return fed;
}

/// Channels that Gathers pick from the group; all where a grouped convolution, whose weights are
/// not random, reads them.
torch::Tensor channels_passed_on(const Network& network, const converters::ChannelGroup& group) {
  const bool is_sliced = std::ranges::any_of(
      group.consumers, [](const converters::WeightAxis& axis) { return axis.slices > 1; });
  torch::Tensor passed_on = torch::full({group.width}, is_sliced, torch::kBool);
  for (const NodeId gather : group.gathers) {
    const Node& node = network.torch.graph().node(gather);
    const auto own = channels_in(*network.channels, group, node.inputs[0]);
    for (const std::int64_t index : std::get<Gather>(node.op).indices) {
      if (index == Gather::kZero) continue;
      const std::int64_t channel = own[static_cast<std::size_t>(index)];
      if (channel >= 0) passed_on[channel] = true;
    }
  }
  return passed_on;
}

/// Where the group's channels are among the rows or columns of a layer, whose numbers run over the
/// value's.
RandomWeights::Part part_of(const Network& network, const converters::ChannelGroup& group,
                            ValueId value, std::size_t layer) {
  const converters::CarriedValue& places = group.in(value);
  RandomWeights::Part part{.layer = layer, .block = places.block, .indices = {}};
  if (places.indices.size() == network.channels->of(value).ids.size() &&
      std::ranges::is_sorted(places.indices)) {
    return part;
  }
  part.indices = torch::tensor(places.indices, torch::kInt64).to(network.torch.options().device());
  return part;
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
  for (const auto& group : network.groups) {
    const torch::Device device = network.torch.options().device();
    Members members{.width = group.width,
                    .rows = {},
                    .columns = {},
                    .fed = channels_fed(network, group).to(device),
                    .passed_on = channels_passed_on(network, group).to(device)};
    for (const auto& axis : group.producers) {
      const auto found = layer_of.find(axis.node);
      if (found == layer_of.end() || graph.node(axis.node).inputs[1] != axis.constant) continue;
      members.rows.push_back(part_of(network, group, axis.value, found->second));
    }
    for (const auto& axis : group.consumers) {
      const auto found = layer_of.find(axis.node);
      if (found == layer_of.end()) continue;
      members.columns.push_back(part_of(network, group, axis.value, found->second));
    }
    members_.push_back(std::move(members));
  }
  outside_ = find_rows_outside();
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

torch::Tensor RandomWeights::at(const Part& rows, const torch::Tensor& term) {
  return rows.indices.defined() ? term.index_select(0, rows.indices) : term;
}

const std::vector<RandomWeights::Part>& RandomWeights::parts(std::size_t group, Side side) const {
  return side == Side::kRows ? members_[group].rows : members_[group].columns;
}

torch::Tensor RandomWeights::reduce(std::size_t group, Side side,
                                    const std::vector<torch::Tensor>& term, bool sum) const {
  torch::Tensor result;
  for (const Part& part : parts(group, side)) {
    const torch::Tensor& of_layer = term[part.layer];
    const torch::Tensor rows = side == Side::kRows ? of_layer : of_layer.transpose(0, 1);
    const torch::Tensor channels = at(part, rows).reshape({members_[group].width, -1});
    const torch::Tensor found = sum ? channels.sum(1) : std::get<0>(channels.max(1));
    if (!result.defined()) {
      result = found;
    } else {
      result = sum ? result + found : torch::maximum(result, found);
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
  std::int64_t weights = 0;
  for (const Part& part : parts(group, side)) {
    const torch::Tensor& mean = layers_[part.layer].mean;
    weights += mean.numel() / mean.size(side == Side::kRows ? 0 : 1) * part.block;
  }
  return weights;
}

std::vector<RandomWeights::Part> RandomWeights::find_rows_outside() const {
  std::vector<Part> outside;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    torch::Tensor is_outside = torch::ones({layers_[i].mean.size(0)}, torch::kBool);
    for (const Members& members : members_) {
      for (const Part& part : members.rows) {
        if (part.layer != i) continue;
        if (!part.indices.defined()) is_outside.fill_(false);
        if (part.indices.defined()) is_outside.index_fill_(0, part.indices.cpu(), false);
      }
    }
    if (!is_outside.any().item<bool>()) continue;
    Part rows{.layer = i, .block = 1, .indices = {}};
    if (!is_outside.all().item<bool>()) {
      rows.indices = is_outside.nonzero().flatten().to(layers_[i].mean.device());
    }
    outside.push_back(std::move(rows));
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
  for (const RandomWeights::Part& rows : random_.rows_outside()) {
    sum = sum + price_ * RandomWeights::at(rows, row_kl(rows.layer)).sum();
  }
  return sum;
}

torch::Tensor WeightMethod::row_kl(std::size_t layer) const {
  const torch::Tensor& mean = random_.layers()[layer].mean;
  return torch::zeros({mean.size(0)}, mean.options());
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
