// Report: everything that the table, the JSON and the page tell, computed once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/measure.h"

namespace ockham::bench {

/// What removing operations should give, and what it gave. Ratios: baseline / network.
struct Speedup {
  double theoretical = 0.0;  ///< of MACs
  double measured = 0.0;     ///< of median times
  double efficiency = 0.0;   ///< measured / theoretical
};

/// A layer in both networks, matched by name; one side may lack it.
struct LayerComparison {
  std::string name;
  std::optional<LayerMeasurement> network;
  std::optional<LayerMeasurement> baseline;
  std::optional<double> theoretical;  ///< absent unless both sides have MACs
  std::optional<double> measured;     ///< absent unless both sides have the layer
};

struct Report {
  Measurements measurements;
  Machine machine;
  std::string date;
  std::string command;
  std::string device;
  std::string kernels;                        ///< "auto", "exact", "reference"
  Precision precision = Precision::kFloat32;  ///< asked for
  int threads = 1;
  std::int64_t batch = 1;

  std::optional<Speedup> speedup;         ///< only with a baseline
  std::optional<double> minimum_speedup;  ///< ratio of the fastest runs
  std::vector<LayerComparison> layers;    ///< in order of the baseline, or of the network
  std::vector<std::string> advice;

  const NetworkMeasurement& network() const { return measurements.network; }
  const std::optional<NetworkMeasurement>& baseline() const { return measurements.baseline; }
  /// What the networks ran on, as it calls itself: "AMD EPYC 7R13", "NVIDIA H100"; "cuda" where it
  /// does not say.
  std::string processor() const {
    return device == "cpu" ? machine.cpu : machine.gpu.empty() ? device : machine.gpu;
  }
  /// "fp16", or what was asked for and what was computed in instead: "fp16 asked, computed in
  /// fp32", "fp16 asked, pruned computed in fp32".
  std::string precision_text() const;
};

/// The speed-up of `network` over `baseline`; theoretical and efficiency are 0 when the network has
/// no MACs.
Speedup compute_speedup(const NetworkMeasurement& network, const NetworkMeasurement& baseline);

/// Layers in order of the baseline (of the network when there is none), each where it first
/// appears; layers that only the network has come last.
std::vector<LayerComparison> compare_layers(const Measurements& measurements);

/// Fills what follows from the measurements: speed-up, layers, advice.
void complete(Report& report);

}  // namespace ockham::bench
