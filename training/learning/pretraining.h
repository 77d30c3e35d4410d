// How a dense network is trained: optimizer and learning rate of pretraining. Pruning and
// fine-tuning have their own (trainer.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ockham::training {

inline constexpr const char* kAdam = "adam";
inline constexpr const char* kSgd = "sgd";
inline constexpr const char* kLinearSchedule = "linear";
inline constexpr const char* kCosineSchedule = "cosine";

struct Pretraining {
  std::string optimizer = kAdam;  ///< kAdam, or kSgd: with Nesterov's momentum
  double learning_rate = 1e-3;    ///< at its largest
  double momentum = 0.9;          ///< of kSgd
  double weight_decay = 0.0;      ///< of the weights of layers alone
  int warmup_epochs = 0;          ///< in which the rate rises from a tenth
  std::string rate_schedule =
      kLinearSchedule;  ///< kLinearSchedule: flat, then falling to a tenth; kCosineSchedule: to 0
};

/// What the user says of it.
struct PretrainingChoices {
  std::optional<std::string> optimizer, rate_schedule;
  std::optional<double> learning_rate, momentum, weight_decay;
  std::optional<int> warmup_epochs;

  bool any() const;
};

std::vector<std::string> optimizer_names();
std::vector<std::string> rate_schedule_names();

/// What the user says, and `usual` where nothing is said; but for the learning rate of another
/// optimizer than the usual one, which is 0.001 (Adam) or 0.05 (SGD), and the warm-up, of which a
/// run of so few epochs has no more than a tenth. Throws Error(kInvalidArgument) for a momentum
/// without SGD.
Pretraining chosen(const PretrainingChoices& choices, const Pretraining& usual, int epochs);

/// The learning rate `position` epochs into the `epochs` of pretraining.
double pretraining_rate(const Pretraining& pretraining, double position, int epochs);

}  // namespace ockham::training
