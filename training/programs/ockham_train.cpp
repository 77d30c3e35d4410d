// ockham-train: trains a network, learns which filters and neurons it does not need, removes them.

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cmath>
#include <iostream>
#include <thread>

#include "cli/program.h"
#include "datasets/datasets.h"
#include "training/methods/method.h"
#include "training/networks/networks.h"
#include "training/trainer/outputs.h"
#include "training/trainer/trainer.h"

namespace {

using namespace ockham;
using namespace ockham::training;

constexpr std::int64_t kProgressSteps = 10000;

struct Options {
  Settings settings;
  int epochs = 0;
  int pretrain_epochs = 0, prune_epochs = 0, finetune_epochs = 0;
};

std::string method_help() {
  std::string text = "Sparsity method (in brackets: default price and what it is charged for):";
  for (const std::string& name : method_names()) {
    const auto method = make_method(name);
    text += fmt::format("\n{} [{}, {}]: {}", name, method->default_price(),
                        priced_by_name(method->default_priced_by()), method->summary());
  }
  return text;
}

void add_options(CLI::App& app, Options& options) {
  Settings& settings = options.settings;
  app.add_option("--network", settings.network, "Network to train")
      ->check(CLI::IsMember(network_names()))
      ->capture_default_str();
  app.add_option("--data", settings.data, "Data set")
      ->check(CLI::IsMember(datasets::names()))
      ->capture_default_str();
  app.add_option("--data-dir", settings.data_dir, "Folder with the data set's files");
  app.add_option("--method", settings.method, method_help())
      ->check(CLI::IsMember(method_names()))
      ->capture_default_str();
  app.add_option("--price", settings.price,
                 "What keeping a channel costs, the one knob. By mixture, macs or params: nats per "
                 "training sample for one e-fold of cost; by positions: factor of the KL")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--price-by", settings.priced_by,
                 "What the price is charged for: shares of MACs, of parameters, their mixture, or "
                 "the positions at which a filter is applied")
      ->check(CLI::IsMember(priced_by_names()));
  app.add_option("--hyperprior", settings.hyperprior.shape,
                 "Shape of a Gamma hyperprior on the precision of ARD priors; 1 is none, more "
                 "shrinks more")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--out", settings.out, "Folder for results and checkpoints")->required();
  app.add_flag("--resume", settings.resume, "Go on with the run in --out, if there is one");
  app.add_option("--epochs", options.epochs, "Epochs in all, shared out over the phases")
      ->check(CLI::Range(3, 100000));
  const auto phase = [&](const char* name, int& epochs, int standard) {
    app.add_option(name, epochs, fmt::format("Epochs of this phase (default {})", standard))
        ->check(CLI::Range(1, 100000));
  };
  phase("--pretrain-epochs", options.pretrain_epochs, kDefaultSchedule.pretrain_epochs);
  phase("--prune-epochs", options.prune_epochs, kDefaultSchedule.prune_epochs);
  phase("--finetune-epochs", options.finetune_epochs, kDefaultSchedule.finetune_epochs);
  app.add_option("--batch", settings.batch, "Images per step")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--val-split", settings.validation_split,
                 "Share of the training images that makes every choice")
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "Seed of everything random")->capture_default_str();
  app.add_option("--device", settings.device, "cpu or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  app.add_option("--threads", settings.threads, "CPU threads (default: all cores)")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--quiet", settings.quiet, "Print errors only");
  app.footer(
      "Example:\n  ockham-train --network lenet5 --data mnist --out runs/lenet5\n"
      "leaves dense.onnx, pruned.onnx, metrics.jsonl and summary.json in runs/lenet5.");
}

Schedule schedule_of(const Options& options) {
  Schedule schedule = options.epochs > 0 ? scaled_schedule(options.epochs) : kDefaultSchedule;
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
  return fmt::format(
      "{:<9}{:>3}/{:<4}loss {:<9.4f}val. error {:>6.2f} %  {:>9} MACs  {:<14}{:>6.1f} s",
      phase_name(report.phase), report.epoch, report.epochs, report.loss, report.validation_error,
      report.macs, widths, report.seconds);
}

void train(const Options& options) {
  Settings settings = options.settings;
  settings.schedule = schedule_of(options);
  const bool bar = isatty(STDERR_FILENO) != 0;
  cli::Progress progress("training", kProgressSteps, settings.quiet || !bar);
  std::string note;
  Trainer trainer(
      settings,
      {
          .epoch_done =
              [&](const EpochReport& report) {
                note = fmt::format("{} {}/{}, val. error {:.2f} %", phase_name(report.phase),
                                   report.epoch, report.epochs, report.validation_error);
                if (!settings.quiet && !bar) std::cout << epoch_line(report) << std::endl;
              },
          .step_done =
              [&](double share) { progress.update(std::llround(share * kProgressSteps), note); },
      });
  const TrainingResult result = trainer.run();
  progress.update(kProgressSteps, "done");
  write_outputs(trainer.settings(), trainer.data(), result);
  if (!settings.quiet) {
    std::cout << '\n'
              << summary_table(trainer.settings(), result)
              << "written: " << pruned_path(settings).string() << " (next: ockham-convert)\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a network, learns which filters and neurons it does not need, removes them",
               "ockham-train"};
  Options options;
  options.settings.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  add_options(app, options);
  return cli::run_program(app, argc, argv, [&] { train(options); });
}
