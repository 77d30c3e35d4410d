#include "bench/report/batch_columns.h"

#include <algorithm>

#include "bench/text.h"

namespace ockham::bench {
namespace {

using Batch = const BatchMeasurement&;
using Dense = const BatchMeasurement*;

std::vector<BatchColumn> run_columns(bool compared) {
  if (!compared) return {{"", "run", [](Batch n, Dense) { return short_time(n.run.p50); }}};
  return {{"run", "dense", [](Batch, Dense d) { return short_time(d->run.p50); }},
          {"run", "pruned", [](Batch n, Dense) { return short_time(n.run.p50); }},
          {"", "speed-up", [](Batch n, Dense d) { return ratio_text(d->run.p50 / n.run.p50); }}};
}

std::vector<BatchColumn> device_columns(bool compared) {
  if (!compared) {
    return {{"", "device", [](Batch n, Dense) { return short_time(n.device->p50); }}};
  }
  return {{"device", "dense", [](Batch, Dense d) { return short_time(d->device->p50); }},
          {"device", "pruned", [](Batch n, Dense) { return short_time(n.device->p50); }},
          {"", "speed-up",
           [](Batch n, Dense d) { return ratio_text(d->device->p50 / n.device->p50); }}};
}

}  // namespace

std::vector<BatchColumn> batch_columns(const Report& report) {
  const bool compared = report.baseline().has_value();
  std::vector<BatchColumn> columns = {
      {"", "batch", [](Batch n, Dense) { return std::to_string(n.batch); }}};
  const auto add = [&](const std::vector<BatchColumn>& more) {
    columns.insert(columns.end(), more.begin(), more.end());
  };
  if (report.network().batches.front().device) {
    add(device_columns(compared));
    add({{"copies and", "launches",
          [](Batch n, Dense) { return short_time(std::max(n.overhead_us(), 0.0)); }}});
  }
  add(run_columns(compared));
  add({{"images", "per second", [](Batch n, Dense) {
          return short_count(static_cast<std::int64_t>(n.images_per_second()));
        }}});
  return columns;
}

std::vector<std::vector<std::string>> batch_rows(const Report& report,
                                                 const std::vector<BatchColumn>& columns) {
  const std::vector<BatchMeasurement>& batches = report.network().batches;
  std::vector<std::vector<std::string>> rows(batches.size());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const BatchMeasurement* const dense =
        report.baseline() ? &report.baseline()->batches[i] : nullptr;
    for (const BatchColumn& column : columns) rows[i].push_back(column.text(batches[i], dense));
  }
  return rows;
}

}  // namespace ockham::bench
