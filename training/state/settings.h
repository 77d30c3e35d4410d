// What a training run is asked to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/format/model_file.h"
#include "training/control/goal.h"
#include "training/learning/pretraining.h"
#include "training/methods/hyperprior.h"
#include "training/state/subject.h"

namespace ockham::training {

/// Epochs of the three phases.
struct Schedule {
  int pretrain_epochs = 0;
  int prune_epochs = 0;
  int finetune_epochs = 0;

  int total() const { return pretrain_epochs + prune_epochs + finetune_epochs; }
  bool operator==(const Schedule&) const = default;
};

/// The schedule used when the user gives none.
inline constexpr Schedule kDefaultSchedule{
    .pretrain_epochs = 8, .prune_epochs = 12, .finetune_epochs = 40};

/// The proportions of `shares` in `epochs` epochs, at least one for each phase that has a share.
/// Throws Error(kInvalidArgument) when there are fewer epochs than phases.
Schedule scaled_schedule(int epochs, const Schedule& shares = kDefaultSchedule);

struct Settings {
  std::string network = "lenet5";  ///< built-in; with `from` its name, or empty: whatever it holds
  std::string data = "mnist";
  std::filesystem::path data_dir;
  std::optional<Shape> image;  ///< [C, H, W] that pictures of the user's own are fitted to
  /// How bytes of images become the network's input; if not given, as the file of `from` says, or
  /// as is usual for the data set.
  std::optional<InputPreprocessing> preprocessing;
  std::string method = "two-sided-ard";
  double price = -1.0;    ///< negative: the method's default; where `goal` finds it, of the start
  std::string priced_by;  ///< what the price is charged for; empty: the method's default
  Goal goal;
  Hyperprior hyperprior;
  Schedule schedule = kDefaultSchedule;
  std::uint64_t seed = 0;
  PretrainingChoices pretraining;        ///< what is not given is as usual for the network
  std::optional<int> crop;               ///< of Augmentation; if not given, likewise
  std::optional<bool> flip;              ///< likewise, where the data set bears it
  std::vector<std::string> frozen;       ///< layers that stay as they are: weights and channels
  double validation_split = 1.0 / 12.0;  ///< share of the training set that makes every choice
  std::string device = "cpu";
  int threads = 1;
  std::int64_t batch = 128;
  std::filesystem::path from;  ///< a trained network (ONNX) to start from; empty: pretrain one
  std::string from_option = "--from";  ///< the option that named it, for messages
  bool dense_only = false;             ///< stop after pretraining
  std::filesystem::path out;
  bool resume = false;
  bool quiet = false;
};

/// The schedule without the phases that will not run.
Schedule phases_of_run(const Settings& settings, Schedule schedule);

/// Fills in the method's defaults where the user said nothing, and leaves out the phases that will
/// not run.
void complete(Settings& settings);

/// What must be the same for a run to be resumed, as JSON text.
std::string settings_text(const Settings& settings, const Subject& subject);

/// Throws Error(kInvalidArgument) naming the option, found and expected.
void check_settings(const Settings& settings);

}  // namespace ockham::training
