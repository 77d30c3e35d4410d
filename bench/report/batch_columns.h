// The table of batches, which is the same for people on a terminal and on the page.
#pragma once

#include <string>
#include <vector>

#include "bench/report/report.h"

namespace ockham::bench {

/// A column: two lines of heading, the upper one shared by neighbours that have the same, and its
/// text for one batch of the network and, where there is a baseline, of that.
struct BatchColumn {
  const char* above;
  const char* name;
  std::string (*text)(const BatchMeasurement& network, const BatchMeasurement* dense);
};

/// Of medians: batch, time on a device of its own, what copies and launches add, time of a run,
/// images per second; with a baseline both times and their ratios. The report has batches.
std::vector<BatchColumn> batch_columns(const Report& report);

/// The cells of each batch.
std::vector<std::vector<std::string>> batch_rows(const Report& report,
                                                 const std::vector<BatchColumn>& columns);

}  // namespace ockham::bench
