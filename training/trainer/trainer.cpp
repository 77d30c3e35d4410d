#include "training/trainer/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <utility>

#include "converters/onnx/onnx.h"
#include "converters/pruning/prepare.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "runtime/graph/mixed_bits.h"
#include "training/data/augment.h"
#include "training/learning/evaluate.h"
#include "training/learning/schedule.h"
#include "training/report/run_folder.h"
#include "training/state/removal.h"
#include "training/trainer/start.h"

namespace ockham::training {
namespace {

constexpr double kLearningRate = 1e-3;  ///< pretraining and pruning
constexpr double kFinetuneLearningRate = 3e-3;
constexpr double kRampShare = 0.3;  ///< of the pruning phase
constexpr double kDistillationWeight = 0.7;
constexpr double kGuessing = 0.95;  ///< of the error of guessing: no better than guessing

/// Seeds of different phases and epochs do not overlap.
std::uint64_t epoch_seed(std::uint64_t seed, Phase phase, int epoch) {
  return mixed_bits(seed * kGoldenGamma + (static_cast<std::uint64_t>(phase) << 32) +
                    static_cast<std::uint64_t>(epoch) + 1);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Trainer::Trainer(Settings settings, TrainerEvents events)
    : settings_(std::move(settings)), events_(std::move(events)), device_(torch::kCPU) {
  complete(settings_);
  check_settings(settings_);
  device_ = find_device(settings_.device);
  use_threads(settings_.threads);
  data_ = load_data(settings_, device_);
  Start start = start_of(settings_, data_);
  const std::int64_t given_macs = cost(start.network).total.macs;
  dense_.metadata = std::move(start.metadata);
  state_ = start_state(settings_, std::move(start.subject), std::move(start.network), device_);
  prepare_folder(settings_);
  const std::filesystem::path path = checkpoint_path(settings_);
  if (std::filesystem::exists(path)) {
    load_state(path, state_, settings_);
    if (state_.phase != Phase::kPretrain) dense_ = converters::import_onnx(dense_path(settings_));
  } else {
    tell_of_dead_channels(given_macs);
  }
}

LayerHooks& Trainer::hooks() {
  return state_.method ? static_cast<LayerHooks&>(*state_.method) : plain_;
}

void Trainer::checkpoint() { save_state(checkpoint_path(settings_), state_, settings_); }

double Trainer::error_of(const LabelledImages& set) {
  if (state_.method) state_.method->set_sampling(false);
  const double percent = error_percent(*state_.network, hooks(), data_, set);
  if (state_.method) state_.method->set_sampling(true);
  return percent;
}

Trainer::Batch Trainer::batch_of(const torch::Tensor& indices) {
  const Augmentation& augmentation = settings_.augmentation;
  const torch::Tensor variation = draw_variations(augmentation, indices.size(0), augmenting_);
  const torch::Tensor images = data_.train.images.index_select(0, indices);
  return {.indices = indices,
          .variation = variation,
          .inputs = data_.prepared(augment(images, augmentation, variation)),
          .labels = data_.train.labels.index_select(0, indices)};
}

torch::Tensor Trainer::loss(const Batch& batch, double ramp) {
  const torch::Tensor logits =
      logits_of_batch(*state_.network, hooks(), batch.inputs, Mode::kTrain);
  const torch::Tensor cross_entropy = torch::cross_entropy_loss(logits, batch.labels);
  if (state_.phase == Phase::kFinetune) {
    const torch::Tensor taught = teacher_->logits(batch.inputs, batch.indices, batch.variation);
    return (1.0 - kDistillationWeight) * cross_entropy +
           kDistillationWeight * distillation(logits, taught);
  }
  if (!state_.method) return cross_entropy;
  const torch::Tensor kl = state_.method->weighted_kl();
  epoch_kl_ = kl.item<double>();
  return cross_entropy + ramp / static_cast<double>(data_.train.count()) * kl;
}

void Trainer::run_epoch(int epochs) {
  const std::uint64_t seed = epoch_seed(settings_.seed, state_.phase, state_.epochs_done);
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  const torch::Tensor order =
      torch::randperm(data_.train.count(), generator, torch::TensorOptions(torch::kInt64))
          .to(device_);
  if (state_.method) state_.method->seed(seed + 1);
  augmenting_ = torch::make_generator<torch::CPUGeneratorImpl>(seed + 2);
  const std::int64_t count = data_.train.count();
  double loss_sum = 0.0;
  epoch_kl_ = 0.0;
  for (std::int64_t first = 0; first < count; first += settings_.batch) {
    const std::int64_t last = std::min(first + settings_.batch, count);
    const double position =
        state_.epochs_done + static_cast<double>(first) / static_cast<double>(count);
    loss_sum +=
        static_cast<double>(last - first) * step(order.slice(0, first, last), position, epochs);
    if (!std::isfinite(loss_sum)) {
      throw Error(Status::kInternal, "training diverged (loss not finite) in " +
                                         phase_name(state_.phase) + " epoch " +
                                         std::to_string(state_.epochs_done + 1) +
                                         "; try a lower --price or another --seed");
    }
    count_step(position / epochs, epochs);
  }
  epoch_loss_ = loss_sum / static_cast<double>(count);
}

double Trainer::step(const torch::Tensor& indices, double position, int epochs) {
  const torch::Tensor value =
      loss(batch_of(indices), kl_ramp(position, std::max(1.0, kRampShare * epochs)));
  value.backward();
  const double done = position / epochs;
  const bool finetune = state_.phase == Phase::kFinetune;
  state_.optimizer->step(finetune ? cosine(kFinetuneLearningRate, done)
                                  : flat_then_linear(kLearningRate, done));
  if (state_.method) state_.method->project();
  return value.item<double>();
}

void Trainer::count_step(double done, int epochs) {
  if (!events_.step_done) return;
  const Schedule& schedule = settings_.schedule;
  const int before = state_.phase == Phase::kPretrain ? 0
                     : state_.phase == Phase::kPrune
                         ? schedule.pretrain_epochs
                         : schedule.pretrain_epochs + schedule.prune_epochs;
  events_.step_done((before + done * epochs) / schedule.total());
}

void Trainer::run_epochs(int epochs, const std::function<void()>& after_epoch) {
  while (state_.epochs_done < epochs) {
    const double started = seconds_now();
    run_epoch(epochs);
    ++state_.epochs_done;
    after_epoch();
    report_epoch(epochs, seconds_now() - started);
    checkpoint();
  }
}

void Trainer::report_epoch(int epochs, double seconds) {
  state_.seconds += seconds;
  EpochReport report{.phase = state_.phase, .epoch = state_.epochs_done, .epochs = epochs};
  report.loss = epoch_loss_;
  report.kl = epoch_kl_;
  report.validation_error = error_of(data_.validation);
  const NodeCost total = cost(state_.network->graph()).total;
  report.macs = total.macs;
  report.params = total.params;
  for (const auto& group : state_.groups()) {
    report.widths.push_back(group.width);
  }
  report.seconds = seconds;
  state_.metrics.push_back(report.json());
  write_metrics(settings_, state_.metrics);
  if (events_.epoch_done) events_.epoch_done(report);
}

void Trainer::enter(Phase phase) {
  enter_phase(state_, settings_, phase);
  checkpoint();
}

void Trainer::keep_dense_network() {
  dense_.graph = plain_network(state_.network->to_graph());
  converters::export_onnx(dense_path(settings_), dense_);
}

void Trainer::pretrain() {
  run_epochs(settings_.schedule.pretrain_epochs, [] {});
  if (!settings_.from.empty()) warn_if_it_only_guesses();
  keep_dense_network();
  enter(settings_.dense_only ? Phase::kDone : Phase::kPrune);
}

bool Trainer::only_guesses(double error) const {
  const double guessing = guessing_error_percent(data_.validation);
  return guessing > 0.0 && error >= kGuessing * guessing;
}

void Trainer::warn_if_it_only_guesses() {
  const double error = error_of(data_.validation);
  if (!events_.notice || !only_guesses(error)) return;
  events_.notice(
      fmt::format("{} answers {:.1f} % of the validation images wrong, no better than a "
                  "guess: is its input prepared as it was when it was trained "
                  "(--normalize)?",
                  settings_.from.string(), error));
}

void Trainer::tell_of_dead_channels(std::int64_t given_macs) {
  const std::int64_t left = cost(state_.network->graph()).total.macs;
  if (!events_.notice || left == given_macs) return;
  events_.notice(
      fmt::format("{} already has dead channels: they are removed before training, which "
                  "leaves {} of its {} MACs",
                  settings_.from.filename().string(), left, given_macs));
}

void Trainer::bind_method() {
  Network network = state_.view();
  state_.method->bind(network, {.value = settings_.price,
                                .by = find_priced_by(settings_.priced_by),
                                .samples = data_.train.count()});
}

void Trainer::cut(double cut) {
  record_posterior(state_);
  if (settings_.price > 0.0 && remove_channels(state_, cut)) bind_method();
}

void Trainer::prune() {
  if (settings_.price == 0.0 && events_.notice) {
    events_.notice("price 0: nothing is charged, so nothing is removed");
  }
  bind_method();
  run_epochs(settings_.schedule.prune_epochs, [&] { cut(-state_.method->running_margin()); });
  cut(0.0);
  Network network = state_.view();
  state_.method->finish(network);
  enter(Phase::kFinetune);
}

void Trainer::finetune() {
  if (state_.epochs_done < settings_.schedule.finetune_epochs) {
    teacher_ =
        std::make_unique<Teacher>(dense_.graph, state_.network->options(), data_,
                                  settings_.augmentation, settings_.schedule.finetune_epochs);
  }
  run_epochs(settings_.schedule.finetune_epochs, [] {});
  enter(Phase::kDone);
}

std::string Trainer::why_useless() {
  const double error = error_of(data_.validation);
  if (!only_guesses(error)) return {};
  for (const auto& group : state_.groups()) {
    if (group.width > 1) continue;
    return fmt::format(
        "the price {:g} is too high: {} is down to its last channel and the validation error "
        "{:.1f} % is that of guessing; try a tenth",
        settings_.price, group.name, error);
  }
  return {};
}

TrainingResult Trainer::run() {
  if (state_.phase == Phase::kPretrain) pretrain();
  if (state_.phase == Phase::kPrune) prune();
  if (state_.phase == Phase::kFinetune) finetune();

  TrainingResult result;
  result.seconds = state_.seconds;
  result.metrics = state_.metrics;
  result.posterior = state_.posterior;
  result.subject = state_.subject;
  result.dense = converters::prepare(dense_.graph);
  result.dense_metadata = dense_.metadata;
  if (!settings_.dense_only) {
    result.failure = why_useless();
    const Graph compact = state_.network->to_graph();
    result.compact = plain_network(compact);
    result.pruned =
        plain_network(scatter(state_.dense, state_.dense_channels, compact, state_.kept));
    result.validation_error = error_of(data_.validation);
    result.test_error = error_of(data_.test);
  }
  state_.network = std::make_unique<TorchGraph>(result.dense, state_.network->options());
  result.dense_validation_error = error_of(data_.validation);
  result.dense_test_error = error_of(data_.test);
  return result;
}

}  // namespace ockham::training
