// PruningControl: what happens between epochs of pruning. It removes channels, undoes an epoch that
// ruined the network, leads the price to the user's goal, and makes the last cut.
#pragma once

#include <functional>
#include <string>

#include "training/data/data.h"
#include "training/learning/teacher.h"
#include "training/state/run_state.h"
#include "training/surgery/cuts.h"

namespace ockham::training {

/// What the control asks of the run, and tells it.
struct PruningContext {
  const Settings& settings;
  const TrainingData& data;
  const Graph& dense;                              ///< as trained
  double dense_error = 0.0;                        ///< of it, on the validation images, in percent
  double guessing_error = 0.0;                     ///< of always answering the most frequent label
  std::function<Teacher&()> teacher;               ///< of the fine-tune
  std::function<void(const std::string&)> notice;  ///< a sentence that the user should see
};

/// Throws Error(kInvalidArgument) for a goal that no network of the same layers can reach.
void check_reachable(const Goal& goal, const RunState& state);

class PruningControl {
 public:
  /// Takes up the posterior where it is: at the start of the phase, or of a resumed run.
  PruningControl(RunState& state, PruningContext context);

  /// Between two epochs. What it decides depends on the state and the seed alone.
  void after_epoch();
  /// After the last epoch: the cut that leaves the network which is then fine-tuned.
  void cut_finally();

 private:
  /// The present network with the posterior's means in place of what is random.
  Cuts present_cuts() const;
  /// Validation error, in percent, of the network as a cut would leave it.
  double error_after(const Cuts& cuts, double cut) const;
  /// The same in points above the dense network's, fine-tuned by so many steps where it has lost
  /// anything without.
  double loss_after(const Cuts& cuts, double cut, std::int64_t steps);
  /// Share of the phase that is over.
  double done() const;
  /// Of the whole fine-tune.
  std::int64_t finetune_steps() const;
  /// Whether a network that knew something would come half of the way to guessing by a cut, and a
  /// short fine-tune would not bring it back.
  bool is_ruined(const Cuts& cuts, double cut);
  std::int64_t brief_steps() const;

  void bind();
  /// Removes what has been below the cut for two epochs.
  void remove_lasting();
  void retreat();
  void follow();
  /// Those of the present channels, the best of which a last cut for a cost must leave.
  Relevances protected_relevances() const;
  double final_cut();
  double cut_within_loss(const Cuts& cuts);
  double share(std::int64_t macs) const;
  void warn_of_few_steps() const;

  RunState& state_;
  PruningContext context_;
  std::int64_t dense_macs_ = 0;
  Checkpoint sound_;  ///< the state after the last epoch that did not ruin the network
};

}  // namespace ockham::training
