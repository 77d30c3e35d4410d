#include "training/methods/gates.h"

#include <algorithm>
#include <utility>

#include "converters/channels/convolutions.h"
#include "converters/pruning/gather_scales.h"

namespace ockham::training {
namespace {

/// Multiplies along one axis by `scale`.
void scale_axis(torch::Tensor weight, std::int64_t axis, const torch::Tensor& scale) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = -1;
  weight.mul_(scale.reshape(shape));
}

/// The factor of each channel that the Gather picks; 1 for zeros.
torch::Tensor picked(const Gather& gather, const torch::Tensor& factors) {
  const torch::Tensor indices = torch::tensor(gather.indices, torch::kInt64).to(factors.device());
  const torch::Tensor found = factors.index_select(0, indices.clamp_min(0));
  return torch::where(indices == Gather::kZero, torch::ones_like(found), found);
}

void scale_columns(torch::Tensor weight, std::int64_t slices, const torch::Tensor& factors) {
  const torch::Tensor of_slices = factors.reshape({slices, -1});
  const std::int64_t filters = weight.size(0) / slices;
  for (std::int64_t slice = 0; slice < slices; ++slice) {
    scale_axis(weight.narrow(0, slice * filters, filters), 1, of_slices[slice]);
  }
}

}  // namespace

void scale_inputs(TorchGraph& torch, NodeId reader, const torch::Tensor& factors) {
  const Graph& graph = torch.graph();
  const Node& node = graph.node(reader);
  if (const auto* gather = std::get_if<Gather>(&node.op)) {
    for (const auto& factor : converters::gather_factors(graph, reader)) {
      scale_axis(torch.tensor(factor.constant), factor.axis, picked(*gather, factors));
    }
    return;
  }
  scale_columns(torch.tensor(node.inputs[1]), converters::input_slices(graph, node).count, factors);
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
  for (const auto& group : network.groups) {
    Gates gates;
    for (const GateParameter& parameter : parameters()) {
      gates.push_back(by_name.at(parameter.name + "/" + group.name));
    }
    gates_.push_back(std::move(gates));
    for (const auto& axis : group.consumers) add_reader(network, axis.node);
    for (const NodeId gather : group.gathers) add_reader(network, gather);
  }
  start_pass();
}

void GateMethod::add_reader(const Network& network, NodeId id) {
  const Node& node = network.torch.graph().node(id);
  const auto [at, is_new] = readers_.emplace(node.name, Reader{id, {}});
  if (!is_new) return;
  for (const converters::ChannelRun& run : network.channels->runs_of(node.inputs[0])) {
    const auto group =
        std::ranges::find(network.groups, run.group, &converters::ChannelGroup::number);
    Run input{.gates = {}, .channels = run};
    if (group != network.groups.end()) {
      input.gates = static_cast<std::size_t>(group - network.groups.begin());
    }
    at->second.inputs.push_back(input);
  }
}

void GateMethod::start_pass() { drawn_.assign(gates_.size(), {}); }

torch::Tensor GateMethod::sample(std::size_t group, std::int64_t batch) {
  torch::Tensor& drawn = drawn_[group];
  if (!drawn.defined()) drawn = draw(gates_[group], batch);
  return drawn;
}

torch::Tensor GateMethod::gates_of(const Reader& reader, std::optional<std::int64_t> batch) {
  std::vector<torch::Tensor> runs;
  for (const auto& [gates, run] : reader.inputs) {
    if (!gates) {
      runs.push_back(torch::ones({batch.value_or(1), run.length()}, gates_[0][0].options()));
      continue;
    }
    torch::Tensor z = batch ? sample(*gates, *batch) : mean(gates_[*gates]).unsqueeze(0);
    if (run.count < z.size(1)) z = z.narrow(1, run.first, run.count);
    runs.push_back(run.block > 1 ? z.repeat_interleave(run.block, 1) : z);
  }
  return runs.size() == 1 ? runs[0] : torch::cat(runs, 1);
}

torch::Tensor GateMethod::gate(const Node& node, const torch::Tensor& x) {
  const auto found = readers_.find(node.name);
  if (found == readers_.end()) return x;
  std::optional<std::int64_t> batch;
  if (sampling()) batch = x.size(0);
  torch::Tensor z = gates_of(found->second, batch).to(x.scalar_type());
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
  for (const Gates& gates : gates_) values.push_back({mean(gates), standard_deviation(gates)});
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
  for (const auto& [name, reader] : readers_) {
    const torch::Tensor factors = gates_of(reader, {}).squeeze(0).detach();
    scale_inputs(network.torch, reader.node, factors.to(network.torch.options()));
  }
}

}  // namespace ockham::training
