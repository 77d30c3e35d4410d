#include "training/methods/gate_ard.h"

#include "training/methods/gates.h"
#include "training/methods/price.h"

namespace ockham::training {
namespace {

constexpr double kInitialMean = 1.0;
constexpr double kInitialLogVariance = -6.0;
constexpr double kLeastLogVariance = -12.0;
constexpr double kMostLogVariance = 4.0;
constexpr double kParameterShare = 1.5;  ///< rho: weight of parameters beside MACs

std::string mean_name(const std::string& group) { return "gate_mean/" + group; }
std::string log_variance_name(const std::string& group) { return "gate_log_variance/" + group; }

}  // namespace

void GateArd::start(Network& network) {
  posterior_.clear();
  for (const auto& group : network.groups) {
    const auto add = [&](std::string name, double initial) {
      torch::Tensor tensor = torch::full({group.width}, initial, network.torch.options());
      posterior_.push_back({.name = std::move(name),
                            .tensor = tensor.requires_grad_(true),
                            .follows_group = group.name});
    };
    add(mean_name(group.name), kInitialMean);
    add(log_variance_name(group.name), kInitialLogVariance);
  }
}

void GateArd::bind(Network& network, const Price& price) {
  std::map<std::string, torch::Tensor> by_name;
  for (const Parameter& parameter : posterior_) by_name[parameter.name] = parameter.tensor;
  gates_.clear();
  readers_.clear();
  for (std::size_t g = 0; g < network.groups.size(); ++g) {
    const auto& group = network.groups[g];
    gates_.push_back(
        {by_name.at(mean_name(group.name)), by_name.at(log_variance_name(group.name))});
    for (const auto& axis : group.consumers) {
      readers_[network.torch.graph().node(axis.node).name] = {g, axis.block};
    }
    for (const auto& axis : group.gathers) {
      readers_[network.torch.graph().node(axis.node).name] = {g, axis.block};
    }
  }
  weights_ = savings_weights(network.torch.graph(), network.groups,
                             price.value * static_cast<double>(price.samples), kParameterShare);
}

torch::Tensor GateArd::gate(const Node& node, const torch::Tensor& x) {
  const auto found = readers_.find(node.name);
  if (found == readers_.end()) return x;
  const Gates& gates = gates_[found->second.group];
  torch::Tensor z = gates.mean.unsqueeze(0);
  if (sampling()) {
    const std::int64_t width = gates.mean.size(0);
    z = z + (0.5 * gates.log_variance).exp() * noise({x.size(0), width}, x.options());
  }
  if (found->second.block > 1) z = z.repeat_interleave(found->second.block, 1);
  return x.dim() == 4 ? x * z.unsqueeze(2).unsqueeze(3) : x * z;
}

std::vector<torch::Tensor> GateArd::kl() {
  std::vector<torch::Tensor> nats;
  for (const Gates& gates : gates_) {
    nats.push_back(0.5 * torch::log1p(gates.mean.square() * (-gates.log_variance).exp()));
  }
  return nats;
}

torch::Tensor GateArd::weighted_kl() { return weighted_sum(kl(), weights_); }

std::vector<torch::Tensor> GateArd::log_alpha() {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> values;
  for (const Gates& gates : gates_) {
    values.push_back(gates.log_variance - (gates.mean.square() + 1e-30).log());
  }
  return values;
}

void GateArd::project() {
  const torch::NoGradGuard no_gradients;
  for (const Gates& gates : gates_) {
    torch::Tensor log_variance = gates.log_variance;
    log_variance.clamp_(kLeastLogVariance, kMostLogVariance);
  }
}

void GateArd::finish(Network& network) {
  const torch::NoGradGuard no_gradients;
  for (std::size_t g = 0; g < network.groups.size(); ++g) {
    scale_readers(network, g, gates_[g].mean);
  }
}

}  // namespace ockham::training
