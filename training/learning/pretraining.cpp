#include "training/learning/pretraining.h"

#include <algorithm>

#include "runtime/graph/error.h"
#include "training/learning/schedule.h"

namespace ockham::training {
namespace {

constexpr double kAdamRate = 1e-3;
constexpr double kSgdRate = 0.05;
constexpr double kFirstShare = 0.1;   ///< of the learning rate, before it has warmed up
constexpr int kLeastCoolEpochs = 10;  ///< epochs for each of a warm-up that nobody asked for

}  // namespace

bool PretrainingChoices::any() const {
  return optimizer || rate_schedule || learning_rate || momentum || weight_decay || warmup_epochs;
}

std::vector<std::string> optimizer_names() { return {kAdam, kSgd}; }

std::vector<std::string> rate_schedule_names() { return {kLinearSchedule, kCosineSchedule}; }

Pretraining chosen(const PretrainingChoices& choices, const Pretraining& usual, int epochs) {
  Pretraining pretraining = usual;
  pretraining.optimizer = choices.optimizer.value_or(usual.optimizer);
  if (pretraining.optimizer != usual.optimizer) {
    pretraining.learning_rate = pretraining.optimizer == kSgd ? kSgdRate : kAdamRate;
  }
  if (choices.momentum && pretraining.optimizer != kSgd) {
    throw Error(Status::kInvalidArgument,
                "--momentum: " + pretraining.optimizer + " has its own; it is for --optimizer sgd");
  }
  pretraining.learning_rate = choices.learning_rate.value_or(pretraining.learning_rate);
  pretraining.momentum = choices.momentum.value_or(usual.momentum);
  pretraining.weight_decay = choices.weight_decay.value_or(usual.weight_decay);
  pretraining.warmup_epochs =
      choices.warmup_epochs.value_or(std::min(usual.warmup_epochs, epochs / kLeastCoolEpochs));
  pretraining.rate_schedule = choices.rate_schedule.value_or(usual.rate_schedule);
  return pretraining;
}

double pretraining_rate(const Pretraining& pretraining, double position, int epochs) {
  const double rate = pretraining.learning_rate, warmup = pretraining.warmup_epochs;
  if (position < warmup) return rate * (kFirstShare + (1.0 - kFirstShare) * position / warmup);
  const double done = (position - warmup) / (epochs - warmup);
  return pretraining.rate_schedule == kCosineSchedule ? cosine(rate, done)
                                                      : flat_then_linear(rate, done);
}

}  // namespace ockham::training
