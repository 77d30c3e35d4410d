#include "tests/bench/sample_report.h"

#include "tests/bench/sample_networks.h"

namespace ockham::tests {
namespace {

bench::NetworkMeasurement network(const std::string& model, double microseconds) {
  bench::NetworkMeasurement result;
  result.model = model;
  result.samples_us = {microseconds, 1.1 * microseconds, 0.9 * microseconds};
  result.latency = bench::summarize(result.samples_us);
  result.loading = {
      .cold = {.file_ms = 0.25, .session_ms = 1.0, .self_test_ms = 0.25, .first_run_us = 40.0},
      .repeated = {.file_ms = 0.125,
                   .session_ms = 0.5,
                   .self_test_ms = 0.0625,
                   .first_run_us = 30.0},
      .next_session_ms = 0.375,
      .peak_bytes = 1 << 20};
  result.file_bytes = 4096;
  result.memory = {1024, 2048};
  return result;
}

}  // namespace

bench::Report sample_report() {
  bench::Report report;
  report.machine.cpu = "Test CPU";
  report.machine.cores = 2;
  report.machine.optimised = true;
  report.machine.build_type = "Release";
  report.device = "cpu";
  report.kernels = "auto";
  report.command = "ockham-bench pruned.ockham --baseline dense.ockham";

  bench::NetworkMeasurement dense = network("dense.ockham", 21.0);
  dense.macs = 4000;
  dense.params = 40;
  dense.layers = {{"conv1", "conv2d+relu", "onednn:a", 1000, 10, 10.0},
                  {"pool1", "max_pool", "onednn:b", 0, 0, 4.0},
                  {"fc1", "linear", "onednn:c", 3000, 30, 6.0}};
  bench::NetworkMeasurement pruned = network("pruned.ockham", 7.0);
  pruned.macs = 200;
  pruned.params = 4;
  pruned.layers = {{"conv1", "conv2d+relu", "onednn:a", 100, 1, 5.0},
                   {"pool1", "max_pool", "onednn:b", 0, 0, 1.0},
                   {"fc1", "linear", "onednn:c", 100, 3, 0.5}};
  const ModelContents model = small_model(Widths{}, Widths{3, 5, 7});
  pruned.graph = model.graph;
  pruned.provenance = model.provenance;
  report.measurements = {pruned, dense};
  bench::complete(report);
  return report;
}

}  // namespace ockham::tests
