// ockham-training-speed: how long a training step takes, for scripts/training_speed to compare.

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

#include "cli/option_values.h"
#include "cli/program.h"
#include "cli/standard_streams.h"
#include "training/methods/method.h"
#include "training/networks/networks.h"
#include "training/state/run_state.h"

namespace {

using namespace ockham;
using namespace ockham::training;

constexpr char kDense[] = "dense";

struct Options {
  std::string network = "lenet5";
  std::vector<std::string> variants = {kDense};
  std::int64_t batch = 128;
  int steps = 30;
  int threads = 1;
};

void add_options(CLI::App& app, Options& options) {
  std::vector<std::string> variants = method_names();
  variants.insert(variants.begin(), kDense);
  app.add_option("--network", options.network, "Network to train")
      ->check(CLI::IsMember(network_names()))
      ->capture_default_str();
  app.add_option("--variants", options.variants, "dense, or methods, each timed in turn")
      ->check(CLI::IsMember(variants))
      ->capture_default_str();
  app.add_option("--batch", options.batch, "Images per step")
      ->check(cli::batch_size())
      ->capture_default_str();
  app.add_option("--steps", options.steps, "Steps timed (a fifth more come before)")
      ->check(cli::whole_number(1, 1000000))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "CPU threads")
      ->check(cli::thread_count())
      ->capture_default_str();
  app.footer(
      "Example:\n  ockham-training-speed --variants dense group-ard\n"
      "prints a line 'VARIANT MILLISECONDS' each: the median of a step.");
}

/// A network in training on images that stand for those of MNIST.
class TimedTraining {
 public:
  TimedTraining(const Options& options, const std::string& variant)
      : images_(torch::rand({options.batch, 1, 28, 28})),
        labels_(torch::randint(10, {options.batch}, torch::kInt64)) {
    Settings settings;
    if (variant != kDense) settings.method = variant;
    const Graph graph = make_network(options.network, {1, 28, 28}, 10, /*seed=*/0).graph;
    state_ = start_state(settings, {.network = options.network}, graph, torch::Device(torch::kCPU));
    if (variant == kDense) return;
    enter_phase(state_, settings, Phase::kPrune);
    Network network = state_.view();
    state_.method->bind(network, {.value = state_.method->default_price(),
                                  .by = state_.method->default_priced_by(),
                                  .samples = kSamples});
  }

  /// Forward, loss, backward, Adam: what ockham-train does for one batch.
  void step() {
    LayerHooks& hooks = state_.method ? *state_.method : plain_;
    torch::Tensor loss = torch::cross_entropy_loss(
        state_.network->forward({images_}, Mode::kTrain, hooks)[0], labels_);
    if (state_.method) {
      loss = loss + state_.method->weighted_kl() / static_cast<double>(kSamples);
    }
    loss.backward();
    state_.optimizer->step(kLearningRate);
    if (state_.method) state_.method->project();
  }

 private:
  static constexpr std::int64_t kSamples = 55000;
  static constexpr double kLearningRate = 1e-3;

  torch::Tensor images_, labels_;
  RunState state_;
  LayerHooks plain_;
};

double milliseconds_of(const std::function<void()>& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
      .count();
}

double median_step(const Options& options, const std::string& variant) {
  TimedTraining training(options, variant);
  for (int i = 0; i < 1 + options.steps / 5; ++i) training.step();
  std::vector<double> times;
  for (int i = 0; i < options.steps; ++i) {
    times.push_back(milliseconds_of([&] { training.step(); }));
  }
  std::ranges::nth_element(times, times.begin() + options.steps / 2);
  return times[static_cast<std::size_t>(options.steps / 2)];
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Times a training step of our trainer", "ockham-training-speed"};
  Options options;
  add_options(app, options);
  return cli::run_program(app, argc, argv, [&] {
    at::set_num_threads(options.threads);
    for (const std::string& variant : options.variants) {
      cli::print(fmt::format("{} {:.4f}\n", variant, median_step(options, variant)));
    }
  });
}
