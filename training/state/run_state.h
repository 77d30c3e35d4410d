// Everything that a run is at the end of an epoch: what a checkpoint holds.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/control/price_search.h"
#include "training/learning/optimizer.h"
#include "training/methods/method.h"
#include "training/state/settings.h"
#include "training/surgery/posterior_record.h"
#include "training/surgery/shrink.h"

namespace ockham::training {

enum class Phase { kPretrain, kPrune, kFinetune, kDone };

/// "pretrain", "prune", "finetune", "done".
std::string phase_name(Phase phase);

struct RunState {
  Subject subject;
  /// Structure before pruning: inputs exposed, batch norms folded where the method wants it; its
  /// constants are those of initialisation.
  Graph dense;
  converters::Channels dense_channels;  ///< of `dense`
  std::unique_ptr<TorchGraph> network;
  converters::Channels channels;           ///< of the present network
  std::unique_ptr<SparsityMethod> method;  ///< only while pruning
  std::unique_ptr<Optimizer> optimizer;

  Phase phase = Phase::kPretrain;
  int epochs_done = 0;               ///< in this phase
  KeptChannels kept;                 ///< of `dense`, of every group that may lose channels
  PosteriorRecord posterior;         ///< of every channel of `dense`
  PriceSearch search;                ///< for the price, while pruning
  PriceEvidence evidence;            ///< that the search went by last
  std::vector<std::string> metrics;  ///< lines of metrics.jsonl so far
  double seconds = 0.0;              ///< spent so far, over all sessions

  /// Groups of the present network that may lose channels: those that no frozen layer computes or
  /// reads.
  std::vector<converters::ChannelGroup> groups() const;
  /// The same, and the network itself, for the method.
  Network view();
  /// Goes on with the network's structure after it shrank.
  void replace_graph(Graph graph);
};

/// A fresh run. Gathers are put in front of linear layers of `dense` where single inputs may go; of
/// a network that came from a file, channels are removed that are dead already (constant or
/// unused), but for those that a frozen layer computes or reads.
RunState start_state(const Settings& settings, Subject subject, Graph dense,
                     const torch::Device& device);

/// Gives the state the optimizer (and, for pruning, the method) of its phase, from scratch. Nothing
/// drops out behind pretraining: gates are noise enough, and what is left needs no more of it.
void enter_phase(RunState& state, const Settings& settings, Phase phase);

/// The present network with its method, optimizer and posterior, as a checkpoint has them.
Checkpoint snapshot(const RunState& state);
/// Goes back to a snapshot of the same phase; what the run counts goes on.
void restore(const Checkpoint& snapshot, RunState& state, const Settings& settings);

/// Writes DIR/checkpoint.safetensors atomically.
void save_state(const std::filesystem::path& path, const RunState& state, const Settings& settings);

/// Reads it into a fresh state. Throws Error(kInvalidArgument) when it belongs to a run with other
/// settings, kInvalidModel when it is damaged.
void load_state(const std::filesystem::path& path, RunState& state, const Settings& settings);

}  // namespace ockham::training
