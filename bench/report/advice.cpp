#include "bench/report/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "bench/text.h"

namespace ockham::bench {
namespace {

// When a figure is worth a sentence.
constexpr double kTolerableLoad = 0.5;   ///< programs beyond the free cores
constexpr double kNoisyTail = 2.0;       ///< p99 over p50
constexpr double kLargeShare = 0.4;      ///< of the time, in one layer
constexpr double kOverheadShare = 0.25;  ///< of the time, outside layers or in layers without MACs
constexpr double kManyTimes = 2.0;       ///< a run over what it takes on the device
constexpr double kPoorEfficiency = 0.5;  ///< measured over theoretical, of one layer
constexpr double kSmallShare = 0.03;     ///< of the time, of what one layer takes too long
constexpr double kNoticeableShare = 0.15;  ///< of the time, below which a layer is not worth it

using Sentences = std::vector<std::string>;

double percent(double share) { return 100.0 * share; }

double sum_of_layers(const NetworkMeasurement& network) {
  return std::accumulate(network.layers.begin(), network.layers.end(), 0.0,
                         [](double sum, const LayerMeasurement& layer) { return sum + layer.us; });
}

/// Multiply-accumulates per nanosecond, that is GMAC/s.
double rate(const LayerMeasurement& layer, std::int64_t batch) {
  return static_cast<double>(layer.macs) * static_cast<double>(batch) / (layer.us * 1000.0);
}

void advise_on_build(const Report& report, Sentences& sentences) {
  if (report.machine.optimised) return;
  sentences.push_back(
      fmt::format("This is a {} build: its timings say nothing. Build the preset 'release'.",
                  report.machine.build_type));
}

/// Programs that want to run beside ours must find a core that ours leaves free.
void advise_on_load(const Report& report, Sentences& sentences) {
  const double free_cores = report.machine.cores - report.threads;
  if (report.machine.load_average <= free_cores + kTolerableLoad) return;
  sentences.push_back(fmt::format(
      "Other programs were running: the load average was {:.1f} on {} cores before timing began. "
      "Repeat on an idle machine before you rely on these figures.",
      report.machine.load_average, report.machine.cores));
}

double tail(const NetworkMeasurement& network) { return network.latency.p99 / network.latency.p50; }

void advise_on_noise(const Report& report, Sentences& sentences) {
  double worst = tail(report.network());
  if (report.baseline()) worst = std::max(worst, tail(*report.baseline()));
  if (worst < kNoisyTail) return;
  sentences.push_back(fmt::format(
      "The machine was not quiet: one run in a hundred took {:.1f} times the median or more{}.",
      worst,
      report.minimum_speedup
          ? ". The ratio of the fastest runs is " + ratio_text(*report.minimum_speedup)
          : ""));
}

/// A layer and the time that it takes beyond what its operations promise.
struct Shortfall {
  std::string layer;
  double us = 0.0;
};

/// The largest first, without those that hardly matter.
std::vector<Shortfall> shortfalls(const Report& report) {
  std::vector<Shortfall> result;
  const double noticeable = kSmallShare * sum_of_layers(report.network());
  for (const LayerComparison& row : report.layers) {
    if (!row.theoretical || !row.measured) continue;
    const double us = row.network->us - row.baseline->us / *row.theoretical;
    if (us >= noticeable) result.push_back({printable(row.name), us});
  }
  std::sort(result.begin(), result.end(),
            [](const Shortfall& a, const Shortfall& b) { return a.us > b.us; });
  return result;
}

void advise_on_shortfall(const Report& report, Sentences& sentences) {
  std::string list;
  for (const Shortfall& shortfall : shortfalls(report)) {
    list += fmt::format("{}{} {} less", list.empty() ? "" : ", ", shortfall.layer,
                        short_time(shortfall.us));
  }
  if (list.empty()) return;
  sentences.push_back(fmt::format(
      "Had each layer's time fallen as far as its operations, a run would take: {}.", list));
}

void advise_on_largest_layer(const Report& report, Sentences& sentences) {
  const NetworkMeasurement& network = report.network();
  const double total = sum_of_layers(network);
  if (network.layers.size() < 2 || total <= 0.0) return;
  const auto largest = std::max_element(
      network.layers.begin(), network.layers.end(),
      [](const LayerMeasurement& a, const LayerMeasurement& b) { return a.us < b.us; });
  if (largest->us < kLargeShare * total) return;
  const double share_of_macs =
      network.macs > 0 ? static_cast<double>(largest->macs) / static_cast<double>(network.macs)
                       : 0.0;
  sentences.push_back(fmt::format(
      "{} takes {:.0f} % of the time and has {:.0f} % of the operations: removing more there gains "
      "most.",
      printable(largest->name), percent(largest->us / total), percent(share_of_macs)));
}

void advise_on_overhead(const Report& report, Sentences& sentences) {
  const NetworkMeasurement& network = report.network();
  const double total = network.latency.p50;
  double without_macs = 0.0;
  for (const LayerMeasurement& layer : network.layers) {
    if (layer.macs == 0) without_macs += layer.us;
  }
  if (without_macs > kOverheadShare * total) {
    sentences.push_back(fmt::format(
        "Layers without multiplications (pooling, reordering, copying) take {} of {}: pruning "
        "makes them narrower but removes none of them.",
        short_time(without_macs), short_time(total)));
  }
  const double outside = total - sum_of_layers(network);
  if (report.device == "cpu" && outside > kOverheadShare * total) {
    sentences.push_back(
        fmt::format("{} of {} pass between the layers: a larger --batch spreads "
                    "that cost over more images.",
                    short_time(outside), short_time(total)));
  }
}

/// Where a device waits for the host longer than it works.
void advise_on_device(const Report& report, Sentences& sentences) {
  std::string list;
  for (const BatchMeasurement& batch : report.network().batches) {
    if (!batch.device || batch.run.p50 <= kManyTimes * batch.device->p50) continue;
    list += fmt::format("{}{} ({} of {})", list.empty() ? "" : ", ", batch.batch,
                        short_time(batch.overhead_us()), short_time(batch.run.p50));
  }
  if (list.empty()) return;
  sentences.push_back(
      fmt::format("Copies and launches take longer than the network on the device with a batch of "
                  "{}: run larger batches, or keep inputs and outputs in the device's memory.",
                  list));
}

void advise_on_layer(const LayerComparison& row, double total, std::int64_t batch,
                     Sentences& sentences) {
  if (!row.theoretical || !row.measured || *row.theoretical <= 1.0) return;
  if (*row.measured >= kPoorEfficiency * *row.theoretical) return;
  if (row.network->us < kNoticeableShare * total) return;
  sentences.push_back(fmt::format(
      "{}: operations fell {} but time only {}: its kernel ({}) runs at {} GMAC/s, where the "
      "baseline's layer ran at {}.",
      printable(row.name), ratio_text(*row.theoretical), ratio_text(*row.measured),
      printable(row.network->kernel), three_digits(rate(*row.network, batch)),
      three_digits(rate(*row.baseline, batch))));
}

/// Our reference, or oneDNN's ("onednn:ref:any").
bool is_naive(const std::string& kernel) {
  return kernel.starts_with("reference") || kernel.find(":ref") != std::string::npos;
}

void advise_on_fallbacks(const Report& report, Sentences& sentences) {
  if (report.kernels == "reference") {
    sentences.push_back(
        "All layers ran on the reference's naive loops, as asked: these times are "
        "no measure of the runtime.");
    return;
  }
  const double total = sum_of_layers(report.network());
  for (const LayerMeasurement& layer : report.network().layers) {
    if (!is_naive(layer.kernel)) continue;
    if (layer.us < kNoticeableShare * total) continue;
    sentences.push_back(
        fmt::format("{} has no fast kernel here and runs on {} for {:.0f} % of the "
                    "time.",
                    printable(layer.name), printable(layer.kernel), percent(layer.us / total)));
  }
}

}  // namespace

std::vector<std::string> advice(const Report& report) {
  Sentences sentences;
  advise_on_build(report, sentences);
  advise_on_load(report, sentences);
  advise_on_noise(report, sentences);
  advise_on_shortfall(report, sentences);
  advise_on_largest_layer(report, sentences);
  advise_on_overhead(report, sentences);
  advise_on_device(report, sentences);
  const double total = sum_of_layers(report.network());
  for (const LayerComparison& row : report.layers) {
    advise_on_layer(row, total, report.batch, sentences);
  }
  advise_on_fallbacks(report, sentences);
  return sentences;
}

}  // namespace ockham::bench
