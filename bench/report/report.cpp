#include "bench/report/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report/advice.h"

namespace ockham::bench {
namespace {

const LayerMeasurement* find_layer(const NetworkMeasurement& network, const std::string& name) {
  const auto found =
      std::find_if(network.layers.begin(), network.layers.end(),
                   [&](const LayerMeasurement& layer) { return layer.name == name; });
  return found == network.layers.end() ? nullptr : &*found;
}

LayerComparison compare(const LayerMeasurement* network, const LayerMeasurement* baseline) {
  LayerComparison row;
  row.name = baseline ? baseline->name : network->name;
  if (network) row.network = *network;
  if (baseline) row.baseline = *baseline;
  if (!network || !baseline) return row;
  if (network->macs > 0 && baseline->macs > 0) {
    row.theoretical = static_cast<double>(baseline->macs) / static_cast<double>(network->macs);
  }
  if (network->us > 0.0 && baseline->us > 0.0) row.measured = baseline->us / network->us;
  return row;
}

}  // namespace

std::string Report::precision_text() const {
  const std::string asked(name_of(precision));
  const Precision pruned = network().precision;
  const Precision dense = baseline() ? baseline()->precision : pruned;
  std::string text = asked;
  const auto add = [&](const char* who, Precision computed) {
    if (computed == precision) return;
    text += text == asked ? " asked, " : ", ";
    text += fmt::format("{}computed in {}", who, name_of(computed));
  };
  if (pruned == dense) {
    add("", pruned);
  } else {
    add("dense ", dense);
    add("pruned ", pruned);
  }
  return text;
}

Speedup compute_speedup(const NetworkMeasurement& network, const NetworkMeasurement& baseline) {
  Speedup speedup;
  speedup.measured = baseline.latency.p50 / network.latency.p50;
  if (network.macs > 0) {
    speedup.theoretical = static_cast<double>(baseline.macs) / static_cast<double>(network.macs);
  }
  if (speedup.theoretical > 0.0) speedup.efficiency = speedup.measured / speedup.theoretical;
  return speedup;
}

std::vector<LayerComparison> compare_layers(const Measurements& measurements) {
  const NetworkMeasurement& network = measurements.network;
  std::vector<LayerComparison> rows;
  if (!measurements.baseline) {
    for (const LayerMeasurement& layer : network.layers) rows.push_back(compare(&layer, nullptr));
    return rows;
  }
  const NetworkMeasurement& baseline = *measurements.baseline;
  for (const LayerMeasurement& layer : baseline.layers) {
    rows.push_back(compare(find_layer(network, layer.name), &layer));
  }
  for (const LayerMeasurement& layer : network.layers) {
    if (!find_layer(baseline, layer.name)) rows.push_back(compare(&layer, nullptr));
  }
  return rows;
}

void complete(Report& report) {
  if (const auto& baseline = report.baseline()) {
    report.speedup = compute_speedup(report.network(), *baseline);
    report.minimum_speedup = baseline->latency.min / report.network().latency.min;
  }
  report.layers = compare_layers(report.measurements);
  report.advice = advice(report);
}

}  // namespace ockham::bench
