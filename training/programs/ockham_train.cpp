// ockham-train: trains a network, learns which filters and neurons it does not need, removes them.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <thread>

#include "cli/file_arguments.h"
#include "cli/option_values.h"
#include "cli/program.h"
#include "cli/standard_streams.h"
#include "converters/onnx/onnx.h"
#include "datasets/datasets.h"
#include "datasets/preprocessing.h"
#include "runtime/graph/error.h"
#include "training/methods/method.h"
#include "training/networks/networks.h"
#include "training/programs/recipe.h"
#include "training/report/explain.h"
#include "training/report/outputs.h"
#include "training/report/run_folder.h"
#include "training/trainer/sweep.h"
#include "training/trainer/trainer.h"

namespace {

using namespace ockham;
using namespace ockham::training;

constexpr std::int64_t kProgressSteps = 10000;

struct Options {
  Settings settings;
  int epochs = 0;
  int pretrain_epochs = 0, prune_epochs = 0, finetune_epochs = 0;
  std::vector<double> sweep;
  std::filesystem::path explain;
};

/// What nothing may be charged below.
CLI::Validator is_price() { return cli::number(0.0, std::numeric_limits<double>::max()); }

/// Whether --network names a file rather than a built-in network.
bool is_file(const std::string& network) {
  const std::vector<std::string> names = network_names();
  return std::ranges::find(names, network) == names.end();
}

CLI::Validator is_network() {
  return {[](std::string& text) {
            const bool exists = !is_file(text) || std::filesystem::is_regular_file(text);
            return exists ? std::string()
                          : fmt::format("'{}': expected an ONNX file, or a built-in network: {}",
                                        text, fmt::join(network_names(), ", "));
          },
          "NAME or FILE"};
}

std::string method_help() {
  std::string text = "Sparsity method (in brackets: default price and what it is charged for):";
  for (const std::string& name : method_names()) {
    const auto method = make_method(name);
    text += fmt::format("\n{} [{}, {}]: {}", name, method->default_price(),
                        priced_by_name(method->default_priced_by()), method->summary());
  }
  return text;
}

/// What else the program can do, and where its options come from.
void add_modes(CLI::App& app, Options& options) {
  app.set_config("--recipe", "", "File of options (option = value); the command line overrides it")
      ->check(CLI::ExistingFile);
  app.config_formatter(std::make_shared<RecipeReader>(app));
  app.add_option("--from", options.settings.from,
                 "Start from this trained network (ONNX) instead of pretraining one")
      ->check(CLI::ExistingFile);
  app.add_flag("--dense-only", options.settings.dense_only,
               "Stop after pretraining: dense.onnx, for --from");
  app.add_option("--sweep", options.sweep,
                 "Prices P1,P2,...: one dense network pruned at each, in folders of --out")
      ->delimiter(',')
      ->check(is_price());
  app.add_option("--explain", options.explain,
                 "Only say why each channel of a finished run, in this folder, went or stayed")
      ->check(CLI::ExistingDirectory);
}

/// The network and the images.
void add_task_options(CLI::App& app, Settings& settings) {
  app.add_option("--network", settings.network,
                 "Network to train: a built-in one, or an ONNX file, which is pruned as it is "
                 "trained there")
      ->check(is_network())
      ->capture_default_str();
  app.add_option("--data", settings.data,
                 "Data set: a known one, or a folder of images of your own (docs/datasets.md)")
      ->check(cli::name_or_folder(datasets::names()))
      ->capture_default_str();
  app.add_option("--data-dir", settings.data_dir, "Folder of data sets, looked into first");
  app.add_option_function<std::string>(
         "--image-size",
         [&settings](const std::string& text) {
           settings.image = Shape(cli::parse_image_size(text));
         },
         "What pictures of your own are fitted to: channels, height and width, 3x32x32 (default: "
         "what the network's file takes, or the one size that all have)")
      ->check(cli::image_size());
  app.add_option_function<std::string>(
         "--normalize",
         [&settings](const std::string& text) {
           settings.preprocessing = datasets::parse_normalize(text);
         },
         "Prepare images as (byte * SCALE - MEAN) / DEVIATION, not as the network's file says or "
         "as is usual for the data set; one MEAN and DEVIATION, or one per channel: M:M:M")
      ->type_name("SCALE,MEAN,DEVIATION");
  app.add_option("--val-split", settings.validation_split,
                 "Share of the training images that makes every choice")
      ->check(cli::number(0.0, 0.9))
      ->capture_default_str();
}

/// What pruning is to come to, in place of a price.
void add_goal_options(CLI::App& app, Settings& settings) {
  const auto goal = [&](const char* name, GoalKind kind, const char* what, const char* value) {
    app.add_option_function<double>(
           name,
           [&settings, kind](double number) {
             settings.goal = {kind, number};
           },
           what)
        ->type_name(value);
  };
  goal("--max-loss", GoalKind::kMaxLoss,
       "Prune as much as costs at most so many points of validation error over the dense network: "
       "the price is found while pruning",
       "POINTS");
  goal("--target-macs", GoalKind::kMacs,
       "Leave at most this share of the MACs: the price is found while pruning", "SHARE");
  goal("--target-speedup", GoalKind::kSpeedup,
       "Divide the MACs by at least this: the price is found while pruning", "FACTOR");
  app.get_option("--target-macs")->excludes("--max-loss")->excludes("--target-speedup");
  app.get_option("--target-speedup")->excludes("--max-loss");
}

/// What goes, and what stays.
void add_pruning_options(CLI::App& app, Settings& settings) {
  app.add_option("--method", settings.method, method_help())
      ->check(CLI::IsMember(method_names()))
      ->capture_default_str();
  app.add_option(
         "--price", settings.price,
         "What keeping a channel costs (with a goal: at first). By mixture, macs or params: nats "
         "per "
         "training sample for one e-fold of cost; by positions: factor of the KL. At 0 nothing is "
         "charged and nothing removed; by shares, the KL is charged in full from the smallest "
         "price on")
      ->check(is_price());
  add_goal_options(app, settings);
  app.add_option("--price-by", settings.priced_by,
                 "What the price is charged for: shares of MACs, of parameters, their mixture, or "
                 "the positions at which a filter is applied")
      ->check(CLI::IsMember(priced_by_names()));
  app.add_option("--hyperprior", settings.hyperprior.shape,
                 "Shape of a Gamma hyperprior on the precision of ARD priors; 1 is none, more "
                 "shrinks more")
      ->check(cli::number(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--freeze", settings.frozen,
                 "Layers L1,L2,... that keep their weights, and all channels they compute or read")
      ->delimiter(',');
}

/// How long, and on what in each step.
void add_training_options(CLI::App& app, Options& options) {
  Settings& settings = options.settings;
  app.add_option("--epochs", options.epochs,
                 "Epochs in all, shared out over the phases that run: a trained network (--from, "
                 "--network FILE) is pruned and fine-tuned in all of them, --dense-only pretrains "
                 "in all of them")
      ->check(cli::whole_number(1, 100000));
  const auto phase = [&](const char* name, const char* what, int& epochs, int standard) {
    app.add_option(name, epochs, fmt::format("Epochs of {} (default {})", what, standard))
        ->check(cli::whole_number(1, 100000));
  };
  phase("--pretrain-epochs", "pretraining", options.pretrain_epochs,
        kDefaultSchedule.pretrain_epochs);
  phase("--prune-epochs", "pruning", options.prune_epochs, kDefaultSchedule.prune_epochs);
  phase("--finetune-epochs", "fine-tuning", options.finetune_epochs,
        kDefaultSchedule.finetune_epochs);
  app.add_option("--batch", settings.batch, "Images per step")
      ->check(cli::batch_size())
      ->capture_default_str();
  app.add_option("--crop", settings.crop,
                 "Train on random crops of the images, padded by so many pixels (default: as usual "
                 "for the network)")
      ->check(cli::whole_number(0, 256));
  app.add_flag(
      "--flip,!--no-flip", settings.flip,
      "Train on images flipped left and right at random (default: as usual for the network "
      "and the data set)");
}

/// How a dense network is trained; pruning and fine-tuning have their own.
void add_pretraining_options(CLI::App& app, PretrainingChoices& choices) {
  constexpr double kMost = std::numeric_limits<double>::max();
  app.add_option("--optimizer", choices.optimizer,
                 "Of pretraining: adam, or sgd with Nesterov momentum (default of this and the "
                 "five below: as usual for the network)")
      ->check(CLI::IsMember(optimizer_names()));
  app.add_option("--learning-rate", choices.learning_rate,
                 "Of pretraining, at its largest (sgd and adam for a network that usually takes "
                 "the other: 0.05 and 0.001)")
      ->check(cli::number(0.0, kMost));
  app.add_option("--momentum", choices.momentum, "Of sgd")->check(cli::number(0.0, 1.0));
  app.add_option("--weight-decay", choices.weight_decay,
                 "Of pretraining: of weights, not of biases and batch norms; decoupled from the "
                 "gradient with adam")
      ->check(cli::number(0.0, kMost));
  app.add_option("--warmup-epochs", choices.warmup_epochs,
                 "Epochs of pretraining in which the learning rate rises from a tenth")
      ->check(cli::whole_number(0, 100000));
  app.add_option("--rate-schedule", choices.rate_schedule,
                 "Learning rate of pretraining: linear (flat, then falling linearly to a tenth) or "
                 "cosine (to zero)")
      ->check(CLI::IsMember(rate_schedule_names()));
}

/// Where results go, and on what machine.
void add_run_options(CLI::App& app, Settings& settings) {
  app.add_option("--out", settings.out, "Folder for results and checkpoints");
  app.add_flag("--resume", settings.resume, "Go on with the run in --out, if there is one");
  app.add_option("--seed", settings.seed, "Seed of everything random")
      ->check(cli::seed())
      ->capture_default_str();
  app.add_option("--device", settings.device, "cpu or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  app.add_option("--threads", settings.threads, "CPU threads (default: all cores)")
      ->check(cli::thread_count());
  app.add_flag("--quiet", settings.quiet, "Print errors only");
}

void add_options(CLI::App& app, Options& options) {
  add_modes(app, options);
  add_task_options(app, options.settings);
  add_pruning_options(app, options.settings);
  add_training_options(app, options);
  add_pretraining_options(app, options.settings.pretraining);
  add_run_options(app, options.settings);
  app.footer(
      "Example:\n  ockham-train --network lenet5 --data mnist --out runs/lenet5\n"
      "leaves dense.onnx, pruned.onnx, posterior.json, metrics.jsonl and summary.json there.");
}

Schedule schedule_of(const Options& options, const Settings& settings) {
  const int of_phases = options.pretrain_epochs + options.prune_epochs + options.finetune_epochs;
  if (options.epochs > 0 && of_phases > 0) {
    throw Error(Status::kInvalidArgument,
                "--epochs shares epochs out over the phases: give it, or --pretrain-epochs, "
                "--prune-epochs and --finetune-epochs");
  }
  const Schedule standard = phases_of_run(settings, kDefaultSchedule);
  Schedule schedule = options.epochs > 0 ? scaled_schedule(options.epochs, standard) : standard;
  if (options.pretrain_epochs > 0) schedule.pretrain_epochs = options.pretrain_epochs;
  if (options.prune_epochs > 0) schedule.prune_epochs = options.prune_epochs;
  if (options.finetune_epochs > 0) schedule.finetune_epochs = options.finetune_epochs;
  return schedule;
}

std::string epoch_line(const EpochReport& report) {
  std::string widths;
  for (const std::int64_t width : report.widths) {
    widths += (widths.empty() ? "" : "-") + std::to_string(width);
  }
  const std::string price = report.price > 0.0 ? fmt::format("  price {:.3g}", report.price) : "";
  return fmt::format(
      "{:<9}{:>3}/{:<4}loss {:<9.4f} val. error {:>6.2f} %  {:>9} MACs  {:<14}{:>6.1f} s{}",
      phase_name(report.phase), report.epoch, report.epochs, report.loss, report.validation_error,
      report.macs, widths, report.seconds, price);
}

/// The settings that the options amount to.
Settings settings_of(const CLI::App& app, const Options& options) {
  Settings settings = options.settings;
  if (is_file(settings.network)) {
    if (!settings.from.empty()) {
      throw Error(Status::kInvalidArgument,
                  "--network " + settings.network + " and --from are both a file: give one");
    }
    settings.from = settings.network;
    settings.from_option = "--network";
    settings.network.clear();
  } else if (!settings.from.empty() && app.count("--network") == 0) {
    settings.network.clear();
  }
  if (!settings.from.empty() && options.pretrain_epochs > 0) {
    throw Error(Status::kInvalidArgument,
                settings.from_option + " " + settings.from.string() +
                    " is a trained network, --pretrain-epochs trains one: give one of them");
  }
  settings.schedule = schedule_of(options, settings);
  return settings;
}

/// Shows a run on the terminal: a bar where there is one, otherwise a line an epoch.
class Display {
 public:
  Display(const std::string& title, bool quiet)
      : bar_(isatty(STDERR_FILENO) != 0),
        quiet_(quiet),
        progress_(title, kProgressSteps, quiet || !bar_) {}

  TrainerEvents events() {
    return {.epoch_done = [this](const EpochReport& report) { show(report); },
            .step_done = [this](double share) { update(share); },
            .notice =
                [this](const std::string& text) {
                  if (!quiet_) cli::print(text + "\n");
                }};
  }

 private:
  void show(const EpochReport& report) {
    note_ = fmt::format("{} {}/{}, val. error {:.2f} %", phase_name(report.phase), report.epoch,
                        report.epochs, report.validation_error);
    if (!quiet_ && !bar_) cli::print(epoch_line(report) + "\n");
  }
  void update(double share) { progress_.update(std::llround(share * kProgressSteps), note_); }

  bool bar_, quiet_;
  cli::Progress progress_;
  std::string note_;
};

/// A run must not overwrite the network that it starts from, nor the data beside that; nor must
/// one of several runs, each into a folder of its own.
void check_starting_network(const Settings& settings,
                            const std::vector<std::filesystem::path>& folders) {
  std::vector<cli::FileArgument> outputs;
  for (const std::filesystem::path& folder : folders) {
    if (!std::filesystem::is_directory(folder)) continue;  // nothing is there to be overwritten
    Settings run = settings;
    run.out = folder;
    for (const auto& file : run_files(run)) outputs.push_back({"--out:", file});
  }
  if (settings.from.empty() || outputs.empty()) return;
  std::vector<cli::FileArgument> inputs = {{settings.from_option, settings.from}};
  for (const auto& file : converters::import_onnx(settings.from).external_files) {
    inputs.push_back({"the network's data", file});
  }
  cli::check_outputs(inputs, outputs);
}

void train(const Settings& settings) {
  check_starting_network(settings, {settings.out});
  std::optional<Display> display(std::in_place, "training", settings.quiet);
  Trainer trainer(settings, display->events());
  const TrainingResult result = trainer.run();
  display.reset();
  write_outputs(trainer.settings(), trainer.data(), result);
  if (!result.failure.empty()) throw Error(Status::kInvalidArgument, result.failure);
  if (settings.quiet) return;
  const auto written = settings.dense_only ? dense_path(settings) : pruned_path(settings);
  cli::print("\n" + summary_table(trainer.settings(), result) + "written: " + written.string() +
             (settings.dense_only ? " (next: --from)\n" : " (next: ockham-convert)\n"));
}

void sweep(const Settings& settings, const std::vector<double>& prices) {
  std::vector<std::filesystem::path> folders;
  folders.reserve(prices.size());
  for (const double price : prices) folders.push_back(price_folder(settings.out, price));
  check_starting_network(settings, folders);
  std::optional<Display> display;
  const auto points = run_sweep(settings, prices, [&](const std::string& run) {
    if (!settings.quiet) cli::print("== " + run + "\n");
    display.emplace(run, settings.quiet);
    return display->events();
  });
  display.reset();
  cli::print("\n" + sweep_table(points));
}

void run(const CLI::App& app, const Options& options) {
  if (!options.explain.empty()) {
    cli::print(explain(read_posterior(options.explain)));
    return;
  }
  const Settings settings = settings_of(app, options);
  if (options.sweep.empty()) {
    train(settings);
    return;
  }
  if (app.count("--price") > 0 || settings.goal.finds_price() || settings.dense_only) {
    throw Error(
        Status::kInvalidArgument,
        "--sweep names the prices to prune at: give it without --price, goals and --dense-only");
  }
  sweep(settings, options.sweep);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a network, learns which filters and neurons it does not need, removes them",
               "ockham-train"};
  Options options;
  options.settings.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  add_options(app, options);
  return cli::run_program(app, argc, argv, [&] { run(app, options); });
}
