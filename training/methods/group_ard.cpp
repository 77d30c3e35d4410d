#include "training/methods/group_ard.h"

#include "training/methods/price.h"

namespace ockham::training {
namespace {

constexpr double kInitialLogVariance = -9.0;
constexpr double kLeastLogVariance = -16.0;
constexpr double kMostLogVariance = 2.0;
constexpr double kVarianceFloor = 1e-8;  ///< keeps the square root differentiable

/// Sum over the weights of each channel: `block` consecutive indices on `axis`.
torch::Tensor per_channel(const torch::Tensor& weights, int axis, std::int64_t block) {
  return weights.movedim(axis, 0).reshape({weights.size(axis) / block, -1}).sum(1);
}

}  // namespace

/// The weights (not biases) whose rows are the group's channels; where nothing produces them, those
/// whose columns are.
std::vector<GroupArd::Member> GroupArd::members(const Graph& graph,
                                                const converters::ChannelGroup& group) {
  std::vector<Member> found;
  for (const auto& axis : group.producers.empty() ? group.consumers : group.producers) {
    const Value& value = graph.value(axis.constant);
    if (value.shape.rank() > 1) found.push_back({value.name, axis.axis, axis.block});
  }
  return found;
}

void GroupArd::start(Network& network) {
  posterior_.clear();
  for (const auto& group : network.groups) {
    for (const auto& [weight, axis, block] : members(network.torch.graph(), group)) {
      if (axis != 0) continue;
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
    members_.push_back(members(network.torch.graph(), group));
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
  for (const auto& [weight, axis, block] : members_[group]) {
    const torch::Tensor& mean = mean_.at(weight);
    const auto found = log_variance_.find(weight);
    const bool is_random = found != log_variance_.end();  // else columns of the last layer
    const torch::Tensor log_variance =
        is_random ? found->second : torch::full_like(mean, kLeastLogVariance);
    const auto add = [&](torch::Tensor& sum, const torch::Tensor& terms) {
      const torch::Tensor term = per_channel(terms, axis, block);
      sum = sum.defined() ? sum + term : term;
    };
    sums.count += mean.numel() / (mean.size(axis) / block);
    add(sums.mean_squares, mean.square());
    add(sums.variances, log_variance.exp());
    add(sums.log_variances, log_variance);
  }
  return sums;
}

std::vector<torch::Tensor> GroupArd::kl() {
  std::vector<torch::Tensor> nats;
  for (std::size_t g = 0; g < members_.size(); ++g) {
    const Moments sums = moments(g);
    if (!has_prior(g)) {
      nats.push_back(torch::zeros_like(sums.variances).detach());
      continue;
    }
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
