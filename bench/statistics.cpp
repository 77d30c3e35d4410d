#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ockham::bench {

double percentile(std::span<const double> sorted, double percent) {
  const double position = percent / 100.0 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

double median(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return percentile(samples, 50.0);
}

LatencySummary summarize(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  LatencySummary summary;
  summary.p50 = percentile(samples, 50.0);
  summary.p90 = percentile(samples, 90.0);
  summary.p99 = percentile(samples, 99.0);
  summary.min = samples.front();
  summary.mean =
      std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
  summary.runs = samples.size();
  return summary;
}

Histogram histogram(std::span<const double> samples, double low, double high, int bins) {
  Histogram result{low, high, std::vector<std::int64_t>(static_cast<std::size_t>(bins), 0)};
  const double width = (high - low) / bins;
  for (const double sample : samples) {
    if (std::isnan(sample)) continue;
    const double bin = std::clamp((sample - low) / width, 0.0, static_cast<double>(bins - 1));
    ++result.counts[static_cast<std::size_t>(bin)];
  }
  return result;
}

}  // namespace ockham::bench
