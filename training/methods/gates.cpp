#include "training/methods/gates.h"

#include "converters/pruning/gather_scales.h"

namespace ockham::training {
namespace {

/// Multiplies along one axis by `scale`.
void scale_axis(torch::Tensor weight, std::int64_t axis, const torch::Tensor& scale) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = -1;
  weight.mul_(scale.reshape(shape));
}

/// The factor of each channel that the Gather picks from blocks of `block` channels; 1 for zeros.
torch::Tensor picked(const Gather& gather, const torch::Tensor& scale, std::int64_t block) {
  const torch::Tensor indices = torch::tensor(gather.indices, torch::kInt64).to(scale.device());
  const torch::Tensor factors =
      scale.repeat_interleave(block).index_select(0, indices.clamp_min(0));
  return torch::where(indices == Gather::kZero, torch::ones_like(factors), factors);
}

void scale_behind(Network& network, const converters::GatherAxis& axis,
                  const torch::Tensor& scale) {
  const Graph& graph = network.torch.graph();
  const torch::Tensor factors =
      picked(std::get<Gather>(graph.node(axis.node).op), scale, axis.block);
  for (const auto& factor : converters::gather_factors(graph, axis.node)) {
    scale_axis(network.torch.tensor(factor.constant), factor.axis, factors);
  }
}

}  // namespace

void scale_readers(Network& network, std::size_t group, const torch::Tensor& scale) {
  const converters::ChannelGroup& channels = network.groups[group];
  for (const auto& axis : channels.consumers) {
    scale_axis(network.torch.tensor(axis.constant), 1, scale.repeat_interleave(axis.block));
  }
  for (const auto& axis : channels.gathers) scale_behind(network, axis, scale);
}

void GateMethod::start(Network& network) {
  posterior_.clear();
  for (const auto& group : network.groups) {
    for (const GateParameter& parameter : parameters()) {
      torch::Tensor tensor = torch::full({parameter.shared ? 1 : group.width}, parameter.initial,
                                         network.torch.options());
      posterior_.push_back({.name = parameter.name + "/" + group.name,
                            .tensor = tensor.requires_grad_(true),
                            .follows_group = parameter.shared ? "" : group.name});
    }
  }
}

void GateMethod::bind(Network& network, const Price& price) {
  SparsityMethod::bind(network, price);
  std::map<std::string, torch::Tensor> by_name;
  for (const Parameter& parameter : posterior_) by_name[parameter.name] = parameter.tensor;
  gates_.clear();
  readers_.clear();
  for (std::size_t g = 0; g < network.groups.size(); ++g) {
    const auto& group = network.groups[g];
    Gates gates;
    for (const GateParameter& parameter : parameters()) {
      gates.push_back(by_name.at(parameter.name + "/" + group.name));
    }
    gates_.push_back(std::move(gates));
    for (const auto& axis : group.consumers) {
      readers_[network.torch.graph().node(axis.node).name] = {g, axis.block};
    }
    for (const auto& axis : group.gathers) {
      readers_[network.torch.graph().node(axis.node).name] = {g, axis.block};
    }
  }
}

void GateMethod::start_pass() { drawn_.assign(gates_.size(), {}); }

torch::Tensor GateMethod::sample(std::size_t group, std::int64_t batch) {
  torch::Tensor& drawn = drawn_[group];
  if (!drawn.defined()) drawn = draw(gates_[group], batch);
  return drawn;
}

torch::Tensor GateMethod::gate(const Node& node, const torch::Tensor& x) {
  const auto found = readers_.find(node.name);
  if (found == readers_.end()) return x;
  const std::size_t group = found->second.group;
  torch::Tensor z = sampling() ? sample(group, x.size(0)) : mean(gates_[group]).unsqueeze(0);
  z = z.to(x.scalar_type());
  if (found->second.block > 1) z = z.repeat_interleave(found->second.block, 1);
  while (z.dim() < x.dim()) z = z.unsqueeze(-1);
  return x * z;
}

std::vector<torch::Tensor> GateMethod::kl() {
  std::vector<torch::Tensor> nats;
  for (const Gates& gates : gates_) nats.push_back(gate_kl(gates));
  return nats;
}

std::vector<torch::Tensor> GateMethod::relevance() {
  const torch::NoGradGuard no_gradients;
  std::vector<torch::Tensor> values;
  for (const Gates& gates : gates_) values.push_back(gate_relevance(gates));
  return values;
}

std::vector<SparsityMethod::Moments> GateMethod::moments() {
  const torch::NoGradGuard no_gradients;
  std::vector<Moments> values;
  for (const Gates& gates : gates_) values.push_back({mean(gates), deviation(gates)});
  return values;
}

void GateMethod::project() {
  const torch::NoGradGuard no_gradients;
  const std::vector<GateParameter> limits = parameters();
  for (const Gates& gates : gates_) {
    for (std::size_t p = 0; p < limits.size(); ++p) {
      torch::Tensor tensor = gates[p];
      tensor.clamp_(limits[p].least, limits[p].most);
    }
  }
}

void GateMethod::finish(Network& network) {
  const torch::NoGradGuard no_gradients;
  for (std::size_t g = 0; g < gates_.size(); ++g) {
    scale_readers(network, g, mean(gates_[g]).to(network.torch.options()));
  }
}

}  // namespace ockham::training
