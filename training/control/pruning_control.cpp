#include "training/control/pruning_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "runtime/graph/cost.h"
#include "runtime/graph/divide_up.h"
#include "runtime/graph/error.h"
#include "runtime/graph/mixed_bits.h"
#include "training/learning/evaluate.h"
#include "training/learning/finetune.h"
#include "training/state/removal.h"

namespace ockham::training {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// A network is ruined when its error is this far on the way from the dense one's to guessing.
constexpr double kRuined = 0.5;
/// The last cut for a cost leaves each layer this share of its mean width, of what the posterior
/// wants kept: widths go with the root of the cost.
constexpr double kLeastOfMeanWidth = 0.125;
/// Fewer steps of pruning than this can hardly tell channels apart.
constexpr std::int64_t kFewSteps = 500;
/// Steps of a short fine-tune between epochs, and what share of the whole fine-tune the last cut
/// gives to each network that it tries.
constexpr std::int64_t kBriefSteps = 300;
constexpr double kTrialShare = 0.1;
constexpr int kLastTrials = 5;
/// The last cut stays below the loss that the user allows by a standard error of the dense
/// network's error, since what it measures is off by chance, but by no more than this share of the
/// loss.
constexpr double kMostCaution = 0.4;
/// The last cut looks for networks down to this share of what the posterior says.
constexpr double kBelowPosterior = 0.25;

}  // namespace

void check_reachable(const Goal& goal, const RunState& state) {
  if (goal.cost_share() == 0.0) return;
  Relevances relevances;
  for (const auto& group : state.groups()) {
    relevances[group.name].resize(static_cast<std::size_t>(group.width));
  }
  const Cuts cuts(state.network->to_graph(), state.channels, std::move(relevances));
  const auto macs = [&](double cut) { return static_cast<double>(cuts.macs(cut)); };
  const double least = macs(kInfinity) / macs(-kInfinity);
  if (least <= goal.cost_share()) return;
  throw Error(Status::kInvalidArgument,
              fmt::format("{}: with one channel left in each layer that may lose some, the network "
                          "still has {:.2g} of its MACs; ask for {}",
                          goal_text(goal), least,
                          goal.kind == GoalKind::kMacs ? "a larger share" : "a smaller factor"));
}

PruningControl::PruningControl(RunState& state, PruningContext context)
    : state_(state), context_(std::move(context)), dense_macs_(cost(context_.dense).total.macs) {
  bind();
  warn_of_few_steps();
  sound_ = snapshot(state_);
}

double PruningControl::share(std::int64_t macs) const {
  return static_cast<double>(macs) / static_cast<double>(dense_macs_);
}

void PruningControl::warn_of_few_steps() const {
  const Settings& settings = context_.settings;
  const std::int64_t steps =
      settings.schedule.prune_epochs * divide_up(context_.data.train.count(), settings.batch);
  if (steps >= kFewSteps || settings.price == 0.0) return;
  context_.notice(
      fmt::format("pruning has {} steps, too few to tell channels apart: better {} or more, by "
                  "--prune-epochs or a lower --batch",
                  steps, kFewSteps));
}

void PruningControl::bind() {
  Network network = state_.view();
  state_.method->bind(network, {.value = state_.search.price,
                                .by = find_priced_by(context_.settings.priced_by),
                                .samples = context_.data.train.count()});
}

Cuts PruningControl::present_cuts() const {
  TorchGraph torch(state_.network->to_graph(), state_.network->options());
  Network network{torch, state_.channels, state_.groups()};
  state_.method->finish(network);
  return {torch.to_graph(), state_.channels, protected_relevances()};
}

double PruningControl::error_after(const Cuts& cuts, double cut) const {
  TorchGraph network(cuts.network(cut), state_.network->options());
  LayerHooks none;
  return error_percent(network, none, context_.data, context_.data.validation);
}

double PruningControl::loss_after(const Cuts& cuts, double cut, std::int64_t steps) {
  const double as_it_is = error_after(cuts, cut) - context_.dense_error;
  if (as_it_is <= 0.0) return as_it_is;
  TorchGraph network(cuts.network(cut), state_.network->options());
  network.freeze(context_.settings.frozen);
  const std::uint64_t seed = mixed_bits(context_.settings.seed * kGoldenGamma +
                                        static_cast<std::uint64_t>(state_.epochs_done));
  finetune_briefly(network, context_.data, {state_.subject.augmentation, context_.settings.batch},
                   steps, seed, context_.teacher());
  LayerHooks none;
  return error_percent(network, none, context_.data, context_.data.validation) -
         context_.dense_error;
}

std::int64_t PruningControl::finetune_steps() const {
  return context_.settings.schedule.finetune_epochs *
         divide_up(context_.data.train.count(), context_.settings.batch);
}

double PruningControl::done() const {
  return static_cast<double>(state_.epochs_done) / context_.settings.schedule.prune_epochs;
}

bool PruningControl::is_ruined(const Cuts& cuts, double cut) {
  const double dense = context_.dense_error, guessing = context_.guessing_error;
  const bool knows_little = dense > kRuined * guessing;
  if (knows_little) return false;
  const double most = kRuined * (guessing - dense);  // above the dense network's error
  return error_after(cuts, cut) - dense > most && loss_after(cuts, cut, brief_steps()) > most;
}

std::int64_t PruningControl::brief_steps() const { return std::min(kBriefSteps, finetune_steps()); }

void PruningControl::after_epoch() {
  if (context_.settings.price == 0.0) {
    record_posterior(state_);
    return;
  }
  remove_lasting();
  if (is_ruined(present_cuts(), -kInfinity)) {
    retreat();
    return;
  }
  sound_ = snapshot(state_);
  follow();
}

void PruningControl::remove_lasting() {
  const Relevances lasting = lasting_relevances(state_);
  record_posterior(state_);
  if (state_.search.loses_too_much()) return;
  double cut = -state_.method->running_margin();
  if (state_.search.goal.cost_share() > 0.0) {
    const Cuts cuts(state_.network->to_graph(), state_.channels, lasting);
    cut = cuts.highest_leaving_at_least(
        state_.search.path(done()) * static_cast<double>(dense_macs_), cut);
  }
  if (remove_channels(state_, lasting, cut)) bind();
}

void PruningControl::retreat() {
  const double tried = state_.search.price;
  PriceSearch search = state_.search;
  restore(sound_, state_, context_.settings);
  search.retreat();
  state_.search = search;
  bind();
  context_.notice(fmt::format(
      "the price {:.3g} ruined the network within epoch {} of pruning: the epoch is undone, and "
      "pruning goes on at {:.3g}",
      tried, state_.epochs_done, search.price));
}

void PruningControl::follow() {
  PriceSearch& search = state_.search;
  PriceEvidence evidence{.done = done()};
  if (search.goal.finds_price()) {
    const Cuts cuts = present_cuts();
    evidence.cost_share = share(cuts.macs(0.0));
    if (search.goal.kind == GoalKind::kMaxLoss)
      evidence.loss = loss_after(cuts, 0.0, brief_steps());
  }
  search.follow(evidence);
  state_.evidence = evidence;
  bind();
}

double PruningControl::cut_within_loss(const Cuts& cuts) {
  const std::int64_t whole = finetune_steps();
  const auto share = static_cast<std::int64_t>(kTrialShare * static_cast<double>(whole));
  const std::int64_t steps = std::min(std::max(share, kBriefSteps), whole);
  const double error = context_.dense_error;  // of a share of images, in percent
  const double by_chance =
      std::sqrt(error * (100.0 - error) / static_cast<double>(context_.data.validation.count()));
  const double allowed = state_.search.goal.value;
  const double most = allowed - std::min(by_chance, kMostCaution * allowed);
  const auto is_within = [&](double cut) { return loss_after(cuts, cut, steps) <= most; };
  // Logarithms of MACs that are known to be enough, and to be too few.
  const double by_posterior = std::log(static_cast<double>(cuts.macs(0.0)));
  double best = is_within(0.0) ? 0.0 : -kInfinity;
  double enough = best == 0.0 ? by_posterior : std::log(static_cast<double>(cuts.macs(-kInfinity)));
  double few = best == 0.0 ? by_posterior + std::log(kBelowPosterior) : by_posterior;
  for (int trial = 0; trial < kLastTrials; ++trial) {
    const double middle = 0.5 * (enough + few);
    const double cut = cuts.lowest_leaving_at_most(std::exp(middle));
    if (cut < kInfinity && is_within(cut)) {
      best = cut;
      enough = middle;
    } else {
      few = middle;
    }
  }
  return best;
}

double PruningControl::final_cut() {
  const Goal& goal = state_.search.goal;
  if (!goal.finds_price()) return 0.0;
  if (goal.kind == GoalKind::kMaxLoss) return cut_within_loss(present_cuts());
  const double most = goal.cost_share() * static_cast<double>(dense_macs_);
  return present_cuts().lowest_leaving_at_most(most);
}

Relevances PruningControl::protected_relevances() const {
  const Goal& goal = state_.search.goal;
  const Relevances all = present_relevances(state_);
  if (goal.cost_share() == 0.0) return all;
  Relevances some = protect_best(all, kLeastOfMeanWidth * std::sqrt(goal.cost_share()));
  const Cuts cuts(state_.network->to_graph(), state_.channels, some);
  const bool is_enough = share(cuts.macs(kInfinity)) <= goal.cost_share();
  return is_enough ? std::move(some) : all;
}

void PruningControl::cut_finally() {
  record_posterior(state_);
  if (context_.settings.price == 0.0) return;
  if (remove_channels(state_, protected_relevances(), final_cut())) bind();
}

}  // namespace ockham::training
