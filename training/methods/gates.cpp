#include "training/methods/gates.h"

#include <algorithm>
#include <utility>

#include "converters/channels/joined_groups.h"
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

void scale_readers(Network& network, const converters::ChannelGroup& group,
                   const torch::Tensor& scale) {
  for (const auto& axis : group.consumers) {
    torch::Tensor weight = network.torch.tensor(axis.constant);
    const torch::Tensor factors = scale.repeat_interleave(axis.block).reshape({axis.slices, -1});
    const std::int64_t filters = weight.size(0) / axis.slices;
    for (std::int64_t slice = 0; slice < axis.slices; ++slice) {
      scale_axis(weight.narrow(0, slice * filters, filters), 1, factors[slice]);
    }
  }
  for (const auto& axis : group.gathers) scale_behind(network, axis, scale);
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
  sources_.clear();
  readers_.clear();
  for (std::size_t g = 0; g < network.groups.size(); ++g) {
    const auto& group = network.groups[g];
    Gates gates;
    for (const GateParameter& parameter : parameters()) {
      gates.push_back(by_name.at(parameter.name + "/" + group.name));
    }
    gates_.push_back(std::move(gates));
    add_source(network.torch.graph(), {group, {{.group = g, .width = group.width}}});
  }
  add_joined(network);
  start_pass();
}

void GateMethod::add_source(const Graph& graph, Source source) {
  for (const auto& axis : source.group.consumers) {
    readers_[graph.node(axis.node).name] = {sources_.size(), axis.block};
  }
  for (const auto& axis : source.group.gathers) {
    readers_[graph.node(axis.node).name] = {sources_.size(), axis.block};
  }
  sources_.push_back(std::move(source));
}

void GateMethod::add_joined(const Network& network) {
  for (auto& joined : converters::joined_groups(network.torch.graph())) {
    Source source{.group = std::move(joined.group), .runs = {}};
    bool has_gates = false;
    for (const converters::JoinedPart& part : joined.parts) {
      const auto found =
          std::ranges::find(network.groups, part.group, &converters::ChannelGroup::name);
      Run run{.group = {}, .width = part.width, .block = part.block};
      if (found != network.groups.end()) {
        run.group = static_cast<std::size_t>(found - network.groups.begin());
        has_gates = true;
      }
      source.runs.push_back(run);
    }
    if (has_gates) add_source(network.torch.graph(), std::move(source));
  }
}

void GateMethod::start_pass() { drawn_.assign(gates_.size(), {}); }

torch::Tensor GateMethod::sample(std::size_t group, std::int64_t batch) {
  torch::Tensor& drawn = drawn_[group];
  if (!drawn.defined()) drawn = draw(gates_[group], batch);
  return drawn;
}

torch::Tensor GateMethod::gates_of(const Source& source, std::optional<std::int64_t> batch) {
  std::vector<torch::Tensor> runs;
  for (const Run& run : source.runs) {
    torch::Tensor z;
    if (!run.group) {
      z = torch::ones({batch.value_or(1), run.width}, gates_[0][0].options());
    } else {
      z = batch ? sample(*run.group, *batch) : mean(gates_[*run.group]).unsqueeze(0);
    }
    runs.push_back(run.block > 1 ? z.repeat_interleave(run.block, 1) : z);
  }
  return runs.size() == 1 ? runs[0] : torch::cat(runs, 1);
}

torch::Tensor GateMethod::gate(const Node& node, const torch::Tensor& x) {
  const auto found = readers_.find(node.name);
  if (found == readers_.end()) return x;
  std::optional<std::int64_t> batch;
  if (sampling()) batch = x.size(0);
  torch::Tensor z = gates_of(sources_[found->second.source], batch);
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
  for (const Source& source : sources_) {
    const torch::Tensor scale = gates_of(source, {}).squeeze(0).detach();
    scale_readers(network, source.group, scale.to(network.torch.options()));
  }
}

}  // namespace ockham::training
