#include "bench/report/report_csv.h"

#include <fmt/format.h>

#include "cli/csv.h"

namespace ockham::bench {
namespace {

std::string lines(const std::string& name, const NetworkMeasurement& network) {
  const auto line = [&](const std::string& layer, const std::string& op, const std::string& kernel,
                        std::int64_t macs, std::int64_t params, double us) {
    return cli::csv_line({name, layer, op, kernel, std::to_string(macs), std::to_string(params),
                          fmt::format("{:.3f}", us)});
  };
  std::string text = line("total", "", "", network.macs, network.params, network.latency.p50);
  for (const LayerMeasurement& layer : network.layers) {
    text += line(layer.name, layer.op, layer.kernel, layer.macs, layer.params, layer.us);
  }
  return text;
}

}  // namespace

std::string report_csv(const Report& report) {
  std::string text = cli::csv_line({"network", "layer", "op", "kernel", "macs", "params", "us"});
  text += lines("network", report.network());
  if (report.baseline()) text += lines("baseline", *report.baseline());
  return text;
}

}  // namespace ockham::bench
