#include "training/state/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "datasets/datasets.h"
#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"
#include "training/methods/method.h"

namespace ockham::training {
namespace {

void require(bool holds, const std::string& text) {
  if (!holds) throw Error(Status::kInvalidArgument, text);
}

/// As --normalize takes it.
std::string preprocessing_text(const InputPreprocessing& preprocessing) {
  const auto list = [](const std::vector<float>& numbers, const char* when_empty) {
    return numbers.empty() ? when_empty : fmt::format("{}", fmt::join(numbers, ":"));
  };
  return fmt::format("{},{},{}", preprocessing.scale, list(preprocessing.mean, "0"),
                     list(preprocessing.standard_deviation, "1"));
}

nlohmann::ordered_json to_json(const Pretraining& pretraining) {
  nlohmann::ordered_json json;
  json["optimizer"] = pretraining.optimizer;
  json["learning_rate"] = pretraining.learning_rate;
  if (pretraining.optimizer == kSgd) json["momentum"] = pretraining.momentum;
  json["weight_decay"] = pretraining.weight_decay;
  json["warmup_epochs"] = pretraining.warmup_epochs;
  json["rate_schedule"] = pretraining.rate_schedule;
  return json;
}

/// Throws for a text that is not among `names`.
void require_one_of(const std::string& option, const std::optional<std::string>& text,
                    const std::vector<std::string>& names) {
  require(!text || std::ranges::find(names, *text) != names.end(),
          fmt::format("{} {}: expected {}", option, text.value_or(""), fmt::join(names, " or ")));
}

void check_pretraining(const Settings& settings) {
  const PretrainingChoices& choices = settings.pretraining;
  require(settings.from.empty() || !choices.any(),
          settings.from_option + " " + settings.from.string() +
              " is a trained network; --optimizer, --learning-rate, --momentum, --weight-decay, "
              "--warmup-epochs and --rate-schedule are for training one: give one of them");
  require_one_of("--optimizer", choices.optimizer, optimizer_names());
  require_one_of("--rate-schedule", choices.rate_schedule, rate_schedule_names());
  const double rate = choices.learning_rate.value_or(1.0);
  require(std::isfinite(rate) && rate > 0.0,
          "--learning-rate " + number_text(rate) + ": expected more than 0");
  const double momentum = choices.momentum.value_or(0.0);
  require(momentum >= 0.0 && momentum < 1.0,
          "--momentum " + number_text(momentum) + ": expected 0 or more, below 1");
  const double decay = choices.weight_decay.value_or(0.0);
  require(std::isfinite(decay) && decay >= 0.0,
          "--weight-decay " + number_text(decay) + ": expected 0 or more");
  const int warmup = choices.warmup_epochs.value_or(0), epochs = settings.schedule.pretrain_epochs;
  require(warmup == 0 || (warmup > 0 && warmup < epochs),
          fmt::format("--warmup-epochs {}: expected fewer than the {} epochs of pretraining",
                      warmup, epochs));
}

}  // namespace

Schedule scaled_schedule(int epochs, const Schedule& shares) {
  const int phases =
      (shares.pretrain_epochs > 0) + (shares.prune_epochs > 0) + (shares.finetune_epochs > 0);
  require(epochs >= phases,
          fmt::format("--epochs {}: expected at least {}, one a phase", epochs, phases));
  const auto share = [&](int part) {
    if (part == 0) return 0;
    const double scaled = static_cast<double>(epochs) * part / shares.total();
    return std::max(1, static_cast<int>(std::lround(scaled)));
  };
  Schedule schedule{.pretrain_epochs = share(shares.pretrain_epochs),
                    .prune_epochs = share(shares.prune_epochs)};
  if (shares.finetune_epochs > 0) {
    schedule.finetune_epochs = std::max(1, epochs - schedule.total());
  }
  return schedule;
}

Schedule phases_of_run(const Settings& settings, Schedule schedule) {
  if (!settings.from.empty()) schedule.pretrain_epochs = 0;
  if (settings.dense_only) {
    schedule.prune_epochs = 0;
    schedule.finetune_epochs = 0;
  }
  return schedule;
}

void complete(Settings& settings) {
  const auto method = make_method(settings.method);
  if (settings.price < 0.0) settings.price = method->default_price();
  if (settings.priced_by.empty()) {
    settings.priced_by = priced_by_name(method->default_priced_by());
  }
  settings.schedule = phases_of_run(settings, settings.schedule);
}

std::string settings_text(const Settings& settings, const Subject& subject) {
  nlohmann::ordered_json json = {
      {"network", subject.network},
      {"data", settings.data},
      {"image_size", settings.image ? settings.image->text() : "default"},
      {"preparation", preprocessing_text(subject.preprocessing)},
      {"method", settings.method},
      {"price", settings.price},
      {"priced_by", settings.priced_by},
      {"goal", goal_text(settings.goal)},
      {"hyperprior_shape", settings.hyperprior.shape},
      {"hyperprior_rate", settings.hyperprior.rate},
      {"from", subject.fingerprint},
      {"dense_only", settings.dense_only},
      {"pretrain_epochs", settings.schedule.pretrain_epochs},
      {"prune_epochs", settings.schedule.prune_epochs},
      {"finetune_epochs", settings.schedule.finetune_epochs},
      {"seed", settings.seed},
      {"freeze", settings.frozen},
      {"crop", subject.augmentation.crop},
      {"flip", subject.augmentation.flip},
      {"validation_split", settings.validation_split},
      {"batch", settings.batch},
      {"device", settings.device},
      {"threads", settings.threads},
  };
  if (settings.schedule.pretrain_epochs > 0) json.update(to_json(subject.pretraining));
  return json.dump();
}

void check_settings(const Settings& settings) {
  const Schedule& schedule = settings.schedule;
  require(settings.from.empty() || !settings.dense_only,
          settings.from_option + " " + settings.from.string() +
              " is a trained network and --dense-only trains one: give one of them");
  require(schedule.pretrain_epochs >= 1 || !settings.from.empty(),
          "--pretrain-epochs must be at least 1");
  check_pretraining(settings);
  require((schedule.prune_epochs >= 1 && schedule.finetune_epochs >= 1) || settings.dense_only,
          "--prune-epochs and --finetune-epochs must be at least 1");
  require(settings.frozen.empty() || !settings.from.empty(),
          "--freeze keeps trained weights: give the network that has them, by --network FILE or "
          "--from FILE");
  require(settings.validation_split > 0.0 && settings.validation_split < 0.9,
          "--val-split " + number_text(settings.validation_split) +
              ": expected a share between 0 and 0.9");
  require(std::isfinite(settings.price) && settings.price >= 0.0,
          "--price " + number_text(settings.price) + ": expected 0 or more");
  check_goal(settings.goal);
  require(
      !settings.goal.finds_price() || !settings.dense_only,
      goal_text(settings.goal) + " is for pruning, --dense-only prunes nothing: give one of them");
  require(!settings.goal.finds_price() || settings.price > 0.0,
          goal_text(settings.goal) + ": the price is found from one above 0");
  require(!settings.image || datasets::is_own(settings.data),
          "--image-size is for pictures of your own, --data FOLDER; those of " + settings.data +
              " have a size");
  find_priced_by(settings.priced_by);
  require(settings.hyperprior.shape >= 1.0 && settings.hyperprior.rate >= 0.0,
          "--hyperprior: expected a shape of 1 or more and a rate of 0 or more");
  make_method(settings.method)->set_hyperprior(settings.hyperprior);
  require(settings.threads >= 1, "--threads: expected at least 1");
  require(settings.batch >= 1, "--batch: expected at least 1");
  require(!settings.out.empty(), "--out DIR is missing: where results and checkpoints go");
}

}  // namespace ockham::training
