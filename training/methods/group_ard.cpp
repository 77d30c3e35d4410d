#include "training/methods/group_ard.h"

#include "training/methods/price.h"

namespace ockham::training {
namespace {

constexpr double kInitialLogVariance = -9.0;
constexpr double kLeastLogVariance = -16.0;
constexpr double kMostLogVariance = 2.0;
constexpr double kVarianceFloor = 1e-8;  ///< keeps the square root differentiable

/// Sum over all axes but the first.
torch::Tensor per_row(const torch::Tensor& weights) { return weights.flatten(1).sum(1); }

/// Names of the weights (not biases) whose rows are the group's channels.
std::vector<std::string> weight_names(const Graph& graph, const converters::ChannelGroup& group) {
  std::vector<std::string> names;
  for (const auto& axis : group.producers) {
    if (graph.value(axis.constant).shape.rank() > 1)
      names.push_back(graph.value(axis.constant).name);
  }
  return names;
}

}  // namespace

void GroupArd::start(Network& network) {
  posterior_.clear();
  for (const auto& group : network.groups) {
    for (const std::string& weight : weight_names(network.torch.graph(), group)) {
      const torch::Tensor& mean = network.torch.tensors().at(weight);
      torch::Tensor log_variance = torch::full_like(mean, kInitialLogVariance).detach();
      posterior_.push_back({.name = "log_variance/" + weight,
                            .tensor = log_variance.requires_grad_(true),
                            .follows_constant = weight});
    }
  }
}

void GroupArd::bind(Network& network, const Price& price) {
  log_variance_.clear();
  for (const Parameter& parameter : posterior_) {
    log_variance_[parameter.follows_constant] = parameter.tensor;
  }
  mean_ = network.torch.tensors();
  members_.clear();
  for (const auto& group : network.groups) {
    members_.push_back(weight_names(network.torch.graph(), group));
  }
  weights_ = position_weights(network.torch.graph(), network.groups, price.value);
}

torch::Tensor GroupArd::mix(const MixingLayer& layer, const torch::Tensor& x) {
  const torch::Tensor mean = LayerHooks::mix(layer, x);
  const auto found = std::ranges::find_if(log_variance_, [&](const auto& entry) {
    return mean_.at(entry.first).is_same(layer.weight);
  });
  if (!sampling() || found == log_variance_.end()) return mean;
  const torch::Tensor variance =
      apply_layer(layer.node, x.square(), found->second.exp(), torch::Tensor());
  return mean + (variance + kVarianceFloor).sqrt() * noise_like(mean);
}

GroupArd::Moments GroupArd::moments(std::size_t group) const {
  Moments sums;
  for (const std::string& weight : members_[group]) {
    const torch::Tensor& mean = mean_.at(weight);
    const torch::Tensor& log_variance = log_variance_.at(weight);
    const auto add = [](torch::Tensor& sum, const torch::Tensor& term) {
      sum = sum.defined() ? sum + term : term;
    };
    sums.count += mean.numel() / mean.size(0);
    add(sums.mean_squares, per_row(mean.square()));
    add(sums.variances, per_row(log_variance.exp()));
    add(sums.log_variances, per_row(log_variance));
  }
  return sums;
}

std::vector<torch::Tensor> GroupArd::kl() {
  std::vector<torch::Tensor> nats;
  for (std::size_t g = 0; g < members_.size(); ++g) {
    const Moments sums = moments(g);
    const auto count = static_cast<double>(sums.count);
    const torch::Tensor prior_variance = (sums.mean_squares + sums.variances) / count;
    nats.push_back(0.5 * (count * prior_variance.log() - sums.log_variances));
  }
  return nats;
}

torch::Tensor GroupArd::weighted_kl() { return weighted_sum(kl(), weights_); }

std::vector<torch::Tensor> GroupArd::log_alpha() {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> values;
  for (std::size_t g = 0; g < members_.size(); ++g) {
    const Moments sums = moments(g);
    values.push_back((sums.variances / (sums.mean_squares + 1e-30)).log());
  }
  return values;
}

void GroupArd::project() {
  const torch::NoGradGuard no_gradients;
  for (Parameter& parameter : posterior_) {
    parameter.tensor.clamp_(kLeastLogVariance, kMostLogVariance);
  }
}

}  // namespace ockham::training
