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
#include "training/control/pruning_control.h"
#include "training/learning/evaluate.h"
#include "training/learning/finetune.h"
#include "training/learning/schedule.h"
#include "training/report/run_folder.h"
#include "training/trainer/start.h"

namespace ockham::training {
namespace {

constexpr double kPruneLearningRate = 1e-3;
constexpr double kRampShare = 0.3;  ///< of the pruning phase
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
  data_ = load_data(settings_, image_for(settings_), device_);
  Start start = start_of(settings_, data_);
  const std::int64_t given_macs = cost(start.network).total.macs;
  dense_.metadata = std::move(start.metadata);
  state_ = start_state(settings_, std::move(start.subject), std::move(start.network), device_);
  state_.network->set_dropout(std::move(start.dropout));
  if (!settings_.dense_only) check_reachable(settings_.goal, state_);
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

torch::Tensor Trainer::loss(const Batch& batch, double ramp) {
  if (state_.phase == Phase::kFinetune) {
    return finetune_loss(*state_.network, hooks(), batch, teacher());
  }
  const torch::Tensor logits =
      logits_of_batch(*state_.network, hooks(), batch.inputs, Mode::kTrain);
  const torch::Tensor cross_entropy = torch::cross_entropy_loss(logits, batch.labels);
  if (!state_.method) return cross_entropy;
  const torch::Tensor kl = state_.method->weighted_kl();
  kl_sum_ += kl.item<double>() * static_cast<double>(batch.labels.size(0));
  return cross_entropy + ramp / static_cast<double>(data_.train.count()) * kl;
}

void Trainer::run_epoch(int epochs) {
  const std::uint64_t seed = epoch_seed(settings_.seed, state_.phase, state_.epochs_done);
  if (state_.method) state_.method->seed(seed + 1);
  state_.network->seed_dropout(seed + 3);
  Batches batches(data_, {state_.subject.augmentation, settings_.batch}, seed);
  double loss_sum = 0.0;
  kl_sum_ = 0.0;
  while (batches.left() > 0) {
    const double position = state_.epochs_done + batches.done();
    const Batch batch = batches.next();
    loss_sum += static_cast<double>(batch.labels.size(0)) * step(batch, position, epochs);
    if (!std::isfinite(loss_sum)) {
      throw Error(Status::kInternal,
                  "training diverged (loss not finite) in " + phase_name(state_.phase) + " epoch " +
                      std::to_string(state_.epochs_done + 1) + "; try a lower " +
                      (state_.phase == Phase::kPretrain ? "--learning-rate" : "--price") +
                      " or another --seed");
    }
    count_step(position / epochs, epochs);
  }
  epoch_loss_ = loss_sum / static_cast<double>(data_.train.count());
}

double Trainer::step(const Batch& batch, double position, int epochs) {
  const torch::Tensor value = loss(batch, kl_ramp(position, std::max(1.0, kRampShare * epochs)));
  value.backward();
  state_.optimizer->step(rate_at(position, epochs));
  if (state_.method) state_.method->project();
  return value.item<double>();
}

double Trainer::rate_at(double position, int epochs) const {
  if (state_.phase == Phase::kPretrain) {
    return pretraining_rate(state_.subject.pretraining, position, epochs);
  }
  const double done = position / epochs;
  return state_.phase == Phase::kPrune ? flat_then_linear(kPruneLearningRate, done)
                                       : finetune_rate(done);
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
  report.kl = kl_sum_ / static_cast<double>(data_.train.count());
  if (state_.phase == Phase::kPrune) {
    report.price = state_.search.price;
    report.macs_share_if_cut = state_.evidence.cost_share;
    report.loss_if_cut = state_.evidence.loss;
  }
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
  warn_if_it_only_guesses();
  keep_dense_network();
  enter(settings_.dense_only ? Phase::kDone : Phase::kPrune);
}

bool Trainer::only_guesses(double error) const {
  const double guessing = guessing_error_percent(data_.validation);
  return guessing > 0.0 && error >= kGuessing * guessing;
}

void Trainer::warn_if_it_only_guesses() {
  const double error = error_of(data_.validation);
  if (!only_guesses(error)) return;
  const std::string what = settings_.from.empty() ? "the trained network" : settings_.from.string();
  const char* cure = settings_.from.empty()
                         ? "pruning will find nothing in it; raise --pretrain-epochs"
                         : "is its input prepared as it was when it was trained (--normalize)?";
  notify(
      fmt::format("{} answers {:.1f} % of the validation images wrong, no better than a guess: {}",
                  what, error, cure));
}

void Trainer::notify(const std::string& text) const {
  if (events_.notice) events_.notice(text);
}

void Trainer::tell_of_dead_channels(std::int64_t given_macs) {
  const std::int64_t left = cost(state_.network->graph()).total.macs;
  if (left == given_macs) return;
  notify(
      fmt::format("{} already has dead channels: they are removed before training, which "
                  "leaves {} of its {} MACs",
                  settings_.from.filename().string(), left, given_macs));
}

double Trainer::dense_error() const {
  TorchGraph dense(dense_.graph, state_.network->options());
  LayerHooks none;
  return error_percent(dense, none, data_, data_.validation);
}

Teacher& Trainer::teacher() {
  if (!teacher_) {
    teacher_ =
        std::make_unique<Teacher>(dense_.graph, state_.network->options(), data_,
                                  state_.subject.augmentation, settings_.schedule.finetune_epochs);
  }
  return *teacher_;
}

void Trainer::prune() {
  if (settings_.price == 0.0) notify("price 0: nothing is charged, so nothing is removed");
  PruningControl control(state_, {.settings = settings_,
                                  .data = data_,
                                  .dense = dense_.graph,
                                  .dense_error = dense_error(),
                                  .guessing_error = guessing_error_percent(data_.validation),
                                  .teacher = [this]() -> Teacher& { return teacher(); },
                                  .notice = [this](const auto& text) { notify(text); }});
  run_epochs(settings_.schedule.prune_epochs, [&] { control.after_epoch(); });
  control.cut_finally();
  Network network = state_.view();
  state_.method->finish(network);
  enter(Phase::kFinetune);
}

void Trainer::finetune() {
  run_epochs(settings_.schedule.finetune_epochs, [] {});
  enter(Phase::kDone);
}

std::string Trainer::why_useless() {
  const double error = error_of(data_.validation);
  if (!only_guesses(error)) return {};
  for (const auto& group : state_.groups()) {
    if (group.width > 1 || state_.dense_channels->find(group.name)->width == 1) continue;
    const std::string cause = settings_.goal.finds_price()
                                  ? goal_text(settings_.goal) + " led too far"
                                  : fmt::format("the price {:g} is too high", state_.search.price);
    return fmt::format(
        "{}: {} is down to its last channel and the validation error {:.1f} % is that of guessing; "
        "{}",
        cause, group.name, error,
        settings_.goal.finds_price() ? "raise --prune-epochs, or ask for less" : "try a tenth");
  }
  return {};
}

bool Trainer::is_worse_for_nothing(const TrainingResult& result) const {
  return settings_.goal.kind == GoalKind::kMaxLoss &&
         result.validation_error > result.dense_validation_error &&
         cost(result.compact).total.macs == cost(result.dense).total.macs;
}

void Trainer::give_dense(TrainingResult& result) const {
  result.compact = result.pruned = result.dense;
  result.validation_error = result.dense_validation_error;
  result.test_error = result.dense_test_error;
  notify(goal_text(settings_.goal) +
         ": nothing could be pruned within that, so the dense network is left as it is; raise "
         "--prune-epochs and --finetune-epochs, or allow more");
}

GoalOutcome Trainer::outcome_of(const TrainingResult& result) const {
  const auto macs = [](const Graph& graph) { return static_cast<double>(cost(graph).total.macs); };
  GoalOutcome outcome{.goal = settings_.goal,
                      .price = state_.search.price,
                      .loss = result.validation_error - result.dense_validation_error,
                      .cost_share = macs(result.compact) / macs(result.dense)};
  outcome.reached = is_reached(outcome) && !only_guesses(result.validation_error);
  return outcome;
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
  if (settings_.dense_only) return result;
  if (is_worse_for_nothing(result)) give_dense(result);
  result.goal = outcome_of(result);
  return result;
}

}  // namespace ockham::training
