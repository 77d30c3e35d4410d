// The course of a run: pretrain - prune - cut - fine-tune, a checkpoint after each epoch.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "converters/onnx/onnx.h"
#include "training/data/batches.h"
#include "training/data/data.h"
#include "training/learning/device.h"
#include "training/learning/teacher.h"
#include "training/report/epoch_report.h"
#include "training/state/run_state.h"
#include "training/state/settings.h"
#include "training/state/training_result.h"

namespace ockham::training {

/// What the trainer tells its caller while it works.
struct TrainerEvents {
  std::function<void(const EpochReport&)> epoch_done;
  /// Share of the whole run's steps that is done, 0 to 1.
  std::function<void(double)> step_done;
  /// A sentence the user should see.
  std::function<void(const std::string&)> notice = {};
};

class Trainer {
 public:
  /// Loads data and, with `settings.resume`, the checkpoint in `settings.out`. Throws Error.
  Trainer(Settings settings, TrainerEvents events);

  /// Runs to the end. Throws Error(kInternal) when training diverges.
  TrainingResult run();

  const TrainingData& data() const { return data_; }
  const Settings& settings() const { return settings_; }

 private:
  void pretrain();
  void prune();
  void finetune();

  /// Epochs of the present phase that are left, each followed by `after_epoch`, its report and a
  /// checkpoint.
  void run_epochs(int epochs, const std::function<void()>& after_epoch);
  void run_epoch(int epochs);
  /// One step, `position` epochs into a phase of `epochs`; returns the loss.
  double step(const Batch& batch, double position, int epochs);
  /// The learning rate, `position` epochs into a phase of `epochs`.
  double rate_at(double position, int epochs) const;
  torch::Tensor loss(const Batch& batch, double ramp);
  void report_epoch(int epochs, double seconds);
  void count_step(double done, int epochs);
  void checkpoint();
  void enter(Phase phase);

  /// Whether a validation error, in percent, is that of guessing.
  bool only_guesses(double error) const;
  /// Of the network that the run starts from.
  void warn_if_it_only_guesses();
  void keep_dense_network();
  /// Says that dead channels were removed, where the network that was given had more MACs.
  void tell_of_dead_channels(std::int64_t given_macs);
  /// Why what is left is of no use; empty when it is.
  std::string why_useless();

  GoalOutcome outcome_of(const TrainingResult& result) const;
  /// Whether nothing went, and fine-tuning did the network no good.
  bool is_worse_for_nothing(const TrainingResult& result) const;
  void give_dense(TrainingResult& result) const;

  double error_of(const LabelledImages& set);
  /// Of the dense network on the validation images.
  double dense_error() const;
  Teacher& teacher();
  void notify(const std::string& text) const;
  LayerHooks& hooks();

  Settings settings_;
  TrainerEvents events_;
  torch::Device device_;
  TrainingData data_;
  RunState state_;
  converters::OnnxModel dense_;  ///< as trained or given; once pretraining is done
  LayerHooks plain_;
  std::unique_ptr<Teacher> teacher_;  ///< once it was asked for
  double epoch_loss_ = 0.0;           ///< mean over the images of the last epoch
  double kl_sum_ = 0.0;               ///< of the images of this epoch
};

}  // namespace ockham::training
