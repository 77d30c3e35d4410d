#include "training/state/run_state.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "converters/pruning/fold_batch_norm.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "training/learning/finetune.h"
#include "training/surgery/removable_groups.h"
#include "training/torch/tensor_io.h"

namespace ockham::training {
namespace {

/// Posterior parameters learn this much faster than weights.
constexpr double kPosteriorRateFactor = 10.0;

void load_tensor(const Checkpoint& checkpoint, const std::string& name, torch::Tensor tensor) {
  tensor.set_data(from_stored(checkpoint, name, tensor));
}

/// Records as a tensor [channels, fields].
torch::Tensor to_tensor(const std::vector<ChannelRecord>& channels) {
  static_assert(sizeof(ChannelRecord) % sizeof(float) == 0);
  torch::Tensor tensor =
      torch::empty({static_cast<std::int64_t>(channels.size()),
                    static_cast<std::int64_t>(sizeof(ChannelRecord) / sizeof(float))});
  std::memcpy(tensor.data_ptr(), channels.data(), tensor.nbytes());
  return tensor;
}

/// Gives the state the dense network without the channels that a checkpoint has not kept.
/// Checkpoints of older versions also name groups that concats made, which go with their parts, and
/// lack some of those that something is added to: these go on as they were then, and lose nothing.
void restore_structure(RunState& state, const Settings& settings, KeptChannels kept) {
  std::erase_if(kept, [&](const auto& of_group) {
    return state.dense_channels->find(of_group.first) == nullptr;
  });
  Graph left = select_channels(state.dense, state.dense_channels, kept).graph;
  state.channels = converters::channel_structure(left);
  auto network = std::make_unique<TorchGraph>(std::move(left), state.network->options());
  network->freeze(settings.frozen);
  network->set_dropout(state.network->dropout());
  state.network = std::move(network);
  std::erase_if(state.posterior, [&](const auto& known) { return !kept.contains(known.first); });
  state.kept = std::move(kept);
}

void check_settings_match(const Checkpoint& checkpoint, const std::string& settings,
                          const std::filesystem::path& path) {
  const nlohmann::json then = nlohmann::json::parse(checkpoint.text("settings"));
  const nlohmann::json now = nlohmann::json::parse(settings);
  for (const auto& [key, value] : now.items()) {
    if (!then.contains(key)) {
      throw Error(Status::kInvalidArgument,
                  path.string() +
                      ": the run was started by an older "
                      "version, which had no " +
                      key + "; remove it and start again, or give another --out");
    }
    if (then.at(key) == value) continue;
    const std::string what = key == "from" ? "trained network" : key;
    throw Error(Status::kInvalidArgument, path.string() + ": the run was started with another " +
                                              what + " (" + then.at(key).dump() + ", now " +
                                              value.dump() + "); give the same, or another --out");
  }
}

/// Gives the state the optimizer (and, for pruning, the method) of its phase, from scratch.
void start_learning(RunState& state, const Settings& settings) {
  state.method.reset();
  state.optimizer = state.phase == Phase::kPretrain ? make_optimizer(state.subject.pretraining)
                                                    : std::make_unique<Adam>();
  state.optimizer->add(trainable_parameters(*state.network), 1.0);
  if (state.phase != Phase::kPrune) return;
  state.method = make_method(settings.method);
  state.method->set_hyperprior(settings.hyperprior);
  Network network = state.view();
  state.method->start(network);
  state.optimizer->add(state.method->posterior(), kPosteriorRateFactor);
}

/// What a search has found so far; its goal is the settings'.
nlohmann::json to_json(const PriceSearch& search) {
  return {{"price", search.price},         {"step", search.step},
          {"direction", search.direction}, {"retreats", search.retreats},
          {"last_done", search.last_done}, {"last_share", search.last_share}};
}

void from_json(const nlohmann::json& json, PriceSearch& search) {
  json.at("price").get_to(search.price);
  json.at("step").get_to(search.step);
  json.at("direction").get_to(search.direction);
  json.at("retreats").get_to(search.retreats);
  json.at("last_done").get_to(search.last_done);
  json.at("last_share").get_to(search.last_share);
}

/// Folds batch norms, but no frozen ones, and none into frozen layers.
Graph without_batch_norms(Graph graph, const TorchGraph& network) {
  converters::ExactConstants exact;
  converters::fold_batch_norms(graph, exact, [&](const Node& layer, const Node& batch_norm) {
    return !network.is_frozen(layer) && !network.is_frozen(batch_norm);
  });
  return graph;
}

/// Whether a frozen layer computes or reads channels of the group, itself or through Gathers.
bool touches_frozen(const converters::ChannelGroup& group, const TorchGraph& network) {
  const auto is_frozen = [&](const converters::WeightAxis& axis) {
    return network.is_frozen(network.graph().node(axis.node));
  };
  return std::ranges::any_of(group.producers, is_frozen) ||
         std::ranges::any_of(group.channelwise, is_frozen) ||
         std::ranges::any_of(group.consumers, is_frozen);
}

/// Groups of the network that lose no channel, by name: those that a frozen layer computes or
/// reads, and those that a Gather leads to or from such a one.
std::set<std::string> fixed_groups(const TorchGraph& network,
                                   const converters::ChannelStructure& channels) {
  const std::vector<converters::ChannelGroup>& groups = channels.groups();
  std::set<std::string> fixed;
  for (const auto& group : groups) {
    if (touches_frozen(group, network)) fixed.insert(group.name);
  }
  const auto leads_to = [](const converters::ChannelGroup& before,
                           const converters::ChannelGroup& behind) {
    return std::ranges::any_of(before.gathers, [&](NodeId gather) {
      return std::ranges::find(behind.selectors, gather) != behind.selectors.end();
    });
  };
  for (std::size_t known = 0; known != fixed.size();) {
    known = fixed.size();
    for (const auto& one : groups) {
      for (const auto& other : groups) {
        if (fixed.contains(other.name) && (leads_to(one, other) || leads_to(other, one))) {
          fixed.insert(one.name);
        }
      }
    }
  }
  return fixed;
}

/// No channel is gone, none is known anything of.
void start_record(RunState& state) {
  state.kept = all_channels(state.dense, *state.dense_channels);
  const std::set<std::string> fixed = fixed_groups(*state.network, *state.channels);
  std::erase_if(state.kept, [&](const auto& kept) { return fixed.contains(kept.first); });
  state.posterior.clear();
  for (const auto& group : state.groups()) {
    state.posterior[group.name].resize(static_cast<std::size_t>(group.width));
  }
}

/// Goes on with this network, nothing of which is gone yet.
void start_network(RunState& state, const Settings& settings, Graph network,
                   torch::TensorOptions options) {
  state.network = std::make_unique<TorchGraph>(std::move(network), std::move(options));
  state.network->freeze(settings.frozen);
  state.channels = converters::channel_structure(state.network->graph());
  state.dense_channels = converters::channel_structure(state.dense);
  start_record(state);
}

/// Removes channels that are dead before anything is trained.
void remove_dead_channels(RunState& state, const Settings& settings) {
  Graph left = without_dead_channels(state.dense, state.dense_channels,
                                     fixed_groups(*state.network, *state.channels));
  if (cost(left).total.macs == cost(state.dense).total.macs) return;
  state.dense = left;
  start_network(state, settings, std::move(left), state.network->options());
}

/// Makes batch norms part of their layers, if the method wants that.
void fold_for_method(RunState& state, const Settings& settings) {
  if (!make_method(settings.method)->folds_batch_norms()) return;
  state.dense = without_batch_norms(std::move(state.dense), *state.network);
  start_network(state, settings, without_batch_norms(state.network->to_graph(), *state.network),
                state.network->options());
}

}  // namespace

std::string phase_name(Phase phase) {
  switch (phase) {
    case Phase::kPretrain:
      return "pretrain";
    case Phase::kPrune:
      return "prune";
    case Phase::kFinetune:
      return "finetune";
    case Phase::kDone:
      return "done";
  }
  return "";
}

std::vector<converters::ChannelGroup> RunState::groups() const {
  std::vector<converters::ChannelGroup> groups = removable_groups(network->graph(), *channels);
  std::erase_if(groups, [&](const auto& group) { return !kept.contains(group.name); });
  return groups;
}

Network RunState::view() { return {*network, channels, groups()}; }

void RunState::replace_graph(Graph graph) {
  channels = converters::channel_structure(graph);
  network->replace_graph(std::move(graph));
}

RunState start_state(const Settings& settings, Subject subject, Graph dense,
                     const torch::Device& device) {
  RunState state;
  state.subject = std::move(subject);
  state.dense = training_form(std::move(dense));
  start_network(state, settings, state.dense,
                torch::TensorOptions().dtype(torch::kFloat32).device(device));
  if (!settings.from.empty()) remove_dead_channels(state, settings);
  if (state.posterior.empty() && !settings.dense_only) {
    throw Error(Status::kInvalidArgument,
                "nothing of " + state.subject.network +
                    " can be pruned: every channel is an input or output of the network, divides, "
                    "is moved to another axis, is added to such channels, "
                    "or touches a frozen layer (ockham-convert --json says why, for each group)");
  }
  enter_phase(state, settings, Phase::kPretrain);
  return state;
}

void enter_phase(RunState& state, const Settings& settings, Phase phase) {
  if (phase == Phase::kPrune && state.phase == Phase::kPretrain) fold_for_method(state, settings);
  if (phase != Phase::kPretrain) state.network->set_dropout({});
  state.phase = phase;
  state.epochs_done = 0;
  if (phase == Phase::kPrune) state.search = PriceSearch::from(settings.goal, settings.price);
  start_learning(state, settings);
}

Checkpoint snapshot(const RunState& state) {
  Checkpoint checkpoint;
  checkpoint.metadata["kept"] = nlohmann::json(state.kept).dump();
  for (const auto& [name, channels] : state.posterior) {
    checkpoint.tensors["record/" + name] = to_stored(to_tensor(channels));
  }
  for (const auto& [name, tensor] : state.network->tensors()) {
    checkpoint.tensors["network/" + name] = to_stored(tensor);
  }
  if (state.method) {
    for (const Parameter& parameter : state.method->posterior()) {
      checkpoint.tensors["posterior/" + parameter.name] = to_stored(parameter.tensor);
    }
  }
  state.optimizer->save(checkpoint);
  return checkpoint;
}

void restore(const Checkpoint& snapshot, RunState& state, const Settings& settings) {
  restore_structure(state, settings,
                    nlohmann::json::parse(snapshot.text("kept")).get<KeptChannels>());
  for (const auto& [name, tensor] : state.network->tensors()) {
    load_tensor(snapshot, "network/" + name, tensor);
  }
  start_learning(state, settings);
  if (state.method) {
    for (Parameter& parameter : state.method->posterior()) {
      load_tensor(snapshot, "posterior/" + parameter.name, parameter.tensor);
    }
  }
  state.optimizer->load(snapshot);
  for (auto& [name, channels] : state.posterior) {
    const torch::Tensor stored =
        from_stored(snapshot, "record/" + name, to_tensor(channels)).contiguous();
    std::memcpy(channels.data(), stored.data_ptr(), stored.nbytes());
  }
}

void save_state(const std::filesystem::path& path, const RunState& state,
                const Settings& settings) {
  Checkpoint checkpoint = snapshot(state);
  checkpoint.metadata["settings"] = settings_text(settings, state.subject);
  checkpoint.metadata["phase"] = std::to_string(static_cast<int>(state.phase));
  checkpoint.metadata["epochs_done"] = std::to_string(state.epochs_done);
  checkpoint.metadata["seconds"] = nlohmann::json(state.seconds).dump();
  checkpoint.metadata["metrics"] = nlohmann::json(state.metrics).dump();
  checkpoint.metadata["search"] = to_json(state.search).dump();
  const PriceEvidence& evidence = state.evidence;
  checkpoint.metadata["evidence"] =
      nlohmann::json({evidence.done, evidence.cost_share, evidence.loss}).dump();
  write_checkpoint(path, checkpoint);
}

void load_state(const std::filesystem::path& path, RunState& state, const Settings& settings) {
  const Checkpoint checkpoint = read_checkpoint(path);
  try {
    check_settings_match(checkpoint, settings_text(settings, state.subject), path);
    const auto phase = static_cast<Phase>(std::stoi(checkpoint.text("phase")));
    if (phase != Phase::kPretrain && !settings.dense_only) fold_for_method(state, settings);
    state.phase = phase;
    restore(checkpoint, state, settings);
    state.epochs_done = std::stoi(checkpoint.text("epochs_done"));
    state.seconds = nlohmann::json::parse(checkpoint.text("seconds")).get<double>();
    state.metrics =
        nlohmann::json::parse(checkpoint.text("metrics")).get<std::vector<std::string>>();
    state.search = PriceSearch::from(settings.goal, settings.price);
    from_json(nlohmann::json::parse(checkpoint.text("search")), state.search);
    const auto evidence =
        nlohmann::json::parse(checkpoint.text("evidence")).get<std::array<double, 3>>();
    state.evidence = {.done = evidence[0], .cost_share = evidence[1], .loss = evidence[2]};
  } catch (const Error&) {
    throw;
  } catch (const std::exception& problem) {
    throw Error(Status::kInvalidModel, path.string() + ": damaged checkpoint (" + problem.what() +
                                           "); remove it and start again");
  }
}

}  // namespace ockham::training
