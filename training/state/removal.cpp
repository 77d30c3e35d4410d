#include "training/state/removal.h"

#include <algorithm>

#include "training/surgery/shrink.h"

namespace ockham::training {
namespace {

torch::Tensor plain(const torch::Tensor& values) {
  return values.to(torch::kCPU, torch::kFloat32).contiguous();
}

/// Selects the given indices on each axis.
torch::Tensor select_axes(torch::Tensor tensor, const converters::IndicesPerAxis& axes) {
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const torch::Tensor indices = torch::tensor(axes[axis], torch::kInt64).to(tensor.device());
    tensor = tensor.index_select(static_cast<std::int64_t>(axis), indices);
  }
  return tensor;
}

/// Selects the parts one behind the other.
torch::Tensor select_parts(const torch::Tensor& tensor,
                           const std::vector<converters::IndicesPerAxis>& parts) {
  std::vector<torch::Tensor> selected;
  for (const auto& part : parts) selected.push_back(select_axes(tensor, part));
  return selected.size() == 1 ? selected[0] : torch::cat(selected, 0);
}

/// Removes all but `keep` (numbered in the present network, whose weights `before` has).
void shrink(RunState& state, const Graph& before, const KeptChannels& keep) {
  const torch::NoGradGuard no_gradients;
  const KeptChannels kept = living_channels(before, state.channels, keep);
  const converters::Compacted compacted = select_channels(before, state.channels, kept);
  const auto constants = kept_indices(compacted);
  state.kept = compose(state.kept, kept);
  const auto select = [&](const Parameter& parameter, const torch::Tensor& tensor) {
    if (!parameter.follows_group.empty()) {
      const auto channels = kept.find(parameter.follows_group);
      return channels == kept.end() ? tensor : select_axes(tensor, {channels->second});
    }
    if (parameter.follows_constant.empty()) return tensor;
    return select_parts(tensor, constants.at(parameter.follows_constant));
  };
  for (Parameter& parameter : state.method->posterior()) {
    parameter.tensor.mutable_grad() = torch::Tensor();
    parameter.tensor.set_data(select(parameter, parameter.tensor.detach()).clone());
  }
  state.optimizer->shrink(select);
  state.replace_graph(compacted.graph);
}

/// Marks the channels that are not there any more and were until now.
void note_removals(RunState& state, double cut) {
  for (auto& [name, channels] : state.posterior) {
    const std::vector<std::int64_t>& kept = state.kept.at(name);
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const bool is_kept = std::ranges::binary_search(kept, static_cast<std::int64_t>(c));
      if (is_kept || !channels[c].stayed()) continue;
      channels[c].cut = static_cast<float>(cut);
      channels[c].gone_after = static_cast<float>(state.epochs_done);
    }
  }
}

}  // namespace

void record_posterior(RunState& state) {
  const auto groups = state.groups();
  const std::vector<ChannelPosterior> described = state.method->describe();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const torch::Tensor mean = plain(described[g].mean),
                        standard_deviation = plain(described[g].standard_deviation),
                        kl = plain(described[g].kl), relevance = plain(described[g].relevance);
    const std::vector<std::int64_t>& kept = state.kept.at(groups[g].name);
    std::vector<ChannelRecord>& channels = state.posterior.at(groups[g].name);
    for (std::size_t c = 0; c < kept.size(); ++c) {
      channels[static_cast<std::size_t>(kept[c])] = {
          .mean = mean.data_ptr<float>()[c],
          .standard_deviation = standard_deviation.data_ptr<float>()[c],
          .kl = kl.data_ptr<float>()[c],
          .weight = static_cast<float>(described[g].weight),
          .relevance = relevance.data_ptr<float>()[c]};
    }
  }
}

Relevances present_relevances(const RunState& state) {
  Relevances relevances;
  const auto groups = state.groups();
  const std::vector<torch::Tensor> values = state.method->relevance();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const torch::Tensor found = values[g].to(torch::kCPU, torch::kFloat64).contiguous();
    relevances[groups[g].name] = {found.data_ptr<double>(),
                                  found.data_ptr<double>() + found.numel()};
  }
  return relevances;
}

Relevances lasting_relevances(const RunState& state) {
  Relevances relevances = present_relevances(state);
  for (auto& [name, values] : relevances) {
    const std::vector<std::int64_t>& kept = state.kept.at(name);
    const std::vector<ChannelRecord>& recorded = state.posterior.at(name);
    for (std::size_t c = 0; c < kept.size(); ++c) {
      const ChannelRecord& before = recorded[static_cast<std::size_t>(kept[c])];
      values[c] = std::max(values[c], static_cast<double>(before.relevance));
    }
  }
  return relevances;
}

bool remove_channels(RunState& state, const Relevances& relevances, double cut) {
  const Graph before = state.network->to_graph();
  KeptChannels keep;
  bool shrinks = false;
  for (const auto& [name, values] : relevances) {
    keep[name] = channels_above(values, cut);
    shrinks |= keep[name].size() < values.size();
  }
  if (!shrinks) return false;
  shrink(state, before, keep);
  note_removals(state, cut);
  return true;
}

}  // namespace ockham::training
