// The course of a run: pretrain - prune - cut - fine-tune, a checkpoint after each epoch.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "training/trainer/data.h"
#include "training/trainer/run_state.h"
#include "training/trainer/settings.h"

namespace ockham::training {

/// What one epoch came to. Errors are shares in percent.
struct EpochReport {
  Phase phase = Phase::kPretrain;
  int epoch = 0;  ///< of the phase, from 1
  int epochs = 0;
  double loss = 0.0;  ///< mean over the training images, KL included
  double kl = 0.0;    ///< weighted KL, nats; 0 outside pruning
  double validation_error = 0.0;
  std::int64_t macs = 0;
  std::int64_t params = 0;
  std::vector<std::int64_t> widths;  ///< of every removable group
  double seconds = 0.0;

  std::string json() const;
};

/// What the trainer tells its caller while it works.
struct TrainerEvents {
  std::function<void(const EpochReport&)> epoch_done;
  /// Share of the whole run's steps that is done, 0 to 1.
  std::function<void(double)> step_done;
};

/// What a finished run has.
struct TrainingResult {
  Graph dense;   ///< trained
  Graph pruned;  ///< masked: dense widths, exact zeros
  Graph compact;
  double dense_validation_error = 0.0, dense_test_error = 0.0;
  double validation_error = 0.0, test_error = 0.0;
  std::map<std::string, std::vector<float>> relevance;  ///< by group, dense widths; cut below 0
  double seconds = 0.0;
  std::vector<std::string> metrics;
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
  torch::Tensor loss(const torch::Tensor& x, const torch::Tensor& labels,
                     const torch::Tensor& indices, double ramp);
  void report_epoch(int epochs, double seconds);
  void count_step(double done, int epochs);
  void checkpoint();

  void bind_method();
  /// Removes the channels whose relevance is below `least_relevance`, never a group's last.
  void remove_channels(double least_relevance);
  void shrink(const Graph& before, const KeptChannels& keep);
  void record_relevance(const std::vector<torch::Tensor>& relevance);

  void make_teacher();
  double error_percent(const LabelledImages& set);
  LayerHooks& hooks();

  Settings settings_;
  TrainerEvents events_;
  torch::Device device_;
  TrainingData data_;
  RunState state_;
  LayerHooks plain_;
  torch::Tensor teacher_;  ///< the dense network's logits for each training image
  double epoch_loss_ = 0.0, epoch_kl_ = 0.0;
};

/// The device that `name` ("cpu" or "cuda") means. Opens LibTorch's CUDA part when it is asked for.
/// Throws Error(kUnsupported) where there is no GPU.
torch::Device find_device(const std::string& name);

}  // namespace ockham::training
