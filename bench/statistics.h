// Statistics of repeated timings: percentiles, summaries, histograms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ockham::bench {

/// The value below which `percent` % of `sorted` lie: linear between neighbours, so that 50 is the
/// median. `sorted` ascends and is not empty; 0 <= percent <= 100.
double percentile(std::span<const double> sorted, double percent);

/// The median of samples in any order, of which there is at least one.
double median(std::vector<double> samples);

/// What is told about repeated timings, in microseconds.
struct LatencySummary {
  double p50 = 0.0;
  double p90 = 0.0;
  double p99 = 0.0;
  double min = 0.0;
  double mean = 0.0;
  std::size_t runs = 0;
};

/// Summary of samples in any order, of which there is at least one.
LatencySummary summarize(std::vector<double> samples);

/// Counts of values in `counts.size()` bins of equal width from `low` to `high`.
struct Histogram {
  double low = 0.0;
  double high = 0.0;
  std::vector<std::int64_t> counts;
};

/// Sorts samples into `bins` >= 1 bins between `low` < `high`; what lies outside is counted in the
/// first or last bin, what is not a number nowhere.
Histogram histogram(std::span<const double> samples, double low, double high, int bins);

}  // namespace ockham::bench
