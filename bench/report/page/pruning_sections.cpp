#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "bench/report/page/charts.h"
#include "bench/report/page/parts.h"
#include "bench/report/page/sections.h"

namespace ockham::bench {
namespace {

constexpr int kRelevanceBins = 40;

bool has_width(const LayerHistory& layer) { return layer.dense_width > 0; }

BarRow width_row(const LayerHistory& layer) {
  const double kept =
      100.0 * static_cast<double>(layer.width) / static_cast<double>(layer.dense_width);
  BarRow row{layer.layer, {}, layer.reason};
  row.bars.push_back({100.0, "baseline", fmt::format("{} before", layer.dense_width)});
  row.bars.push_back({kept, "network", fmt::format("{} after ({:.0f} %)", layer.width, kept)});
  return row;
}

/// Relevances of a layer that can be drawn, with the cut.
struct Relevances {
  std::vector<double> values;
  double cut = 0.0;
};

Relevances finite_relevances(const LayerHistory& layer) {
  Relevances relevances{{}, static_cast<double>(layer.threshold)};
  for (const float value : layer.relevance) {
    if (std::isfinite(value)) relevances.values.push_back(static_cast<double>(value));
  }
  return relevances;
}

bool can_be_drawn(const LayerHistory& layer) {
  return std::isfinite(layer.threshold) && !finite_relevances(layer).values.empty();
}

/// How wide the region around the cut is in which no relevance lies: a wide one means that the cut
/// does not depend on where exactly it was made.
std::string gap_text(const Relevances& relevances) {
  std::optional<double> below;
  std::optional<double> above;
  for (const double value : relevances.values) {
    if (value < relevances.cut) below = std::max(below.value_or(value), value);
    if (value >= relevances.cut) above = std::min(above.value_or(value), value);
  }
  if (!below) return "None lies below the cut.";
  if (!above) return "All lie below the cut: the best one was kept.";
  return fmt::format("No value between {:.2f} and {:.2f}.", *below, *above);
}

/// Counts over all values and the cut, which lies between two columns.
Histogram counts_around_cut(const Relevances& relevances) {
  const auto [least, most] =
      std::minmax_element(relevances.values.begin(), relevances.values.end());
  const double low = std::min(*least, relevances.cut);
  const double high = std::max(*most, relevances.cut);
  const double width = std::max(1.0, 1.08 * (high - low)) / kRelevanceBins;
  const double left = std::ceil((relevances.cut - low) / width + 1.0);
  const double right = std::ceil((high - relevances.cut) / width + 1.0);
  return histogram(relevances.values, relevances.cut - left * width, relevances.cut + right * width,
                   static_cast<int>(left + right));
}

bool has_posterior(const LayerHistory& layer) {
  const auto is_finite = [](float number) { return std::isfinite(number); };
  return !layer.relevance.empty() && layer.mean.size() == layer.relevance.size() &&
         layer.standard_deviation.size() == layer.relevance.size() &&
         std::ranges::all_of(layer.mean, is_finite) &&
         std::ranges::all_of(layer.standard_deviation, is_finite);
}

/// What one channel of the layer is, in the plural: training reports the inputs of a linear layer
/// as a layer "<name>.inputs".
std::string channels_noun(const LayerHistory& layer) {
  return layer.layer.ends_with(".inputs") ? "inputs" : "filters or neurons";
}

/// Mean and standard deviation of each filter or neuron, the most relevant first.
Element posterior_chart(const LayerHistory& layer) {
  std::vector<std::size_t> order(layer.relevance.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return layer.relevance[i]; });
  std::vector<Interval> intervals;
  intervals.reserve(layer.relevance.size());
  for (const std::size_t i : order) {
    intervals.push_back({static_cast<double>(layer.mean[i]),
                         static_cast<double>(layer.standard_deviation[i]),
                         layer.relevance[i] < layer.threshold});
  }
  return interval_chart(intervals, "mean and standard deviation of the posterior",
                        channels_noun(layer) + ", most relevant first");
}

Element relevance_panel(const LayerHistory& layer, const std::string& meaning) {
  const Relevances relevances = finite_relevances(layer);
  const Histogram counts = counts_around_cut(relevances);

  Element panel("div", "panel");
  panel.add(Element("h3", "", layer.layer));
  panel.add(Element(
      "p", "note",
      fmt::format("{} of {} kept. {}", layer.width, layer.dense_width, gap_text(relevances))));
  panel.add(histogram_chart(counts, {{relevances.cut, fmt::format("cut at {:g}", relevances.cut)}},
                            relevances.cut, meaning, channels_noun(layer)));
  if (has_posterior(layer)) panel.add(posterior_chart(layer));
  return panel;
}

}  // namespace

bool has_widths(const Provenance& provenance) {
  return std::any_of(provenance.layers.begin(), provenance.layers.end(), has_width);
}

bool has_relevances(const Provenance& provenance) {
  return std::any_of(provenance.layers.begin(), provenance.layers.end(), can_be_drawn);
}

Element widths_section(const Provenance& provenance) {
  Element element = section("What was pruned",
                            "Filters of convolutions and neurons of linear layers, before and "
                            "after, and why each layer ended where it did.");
  std::vector<BarRow> rows;
  for (const LayerHistory& layer : provenance.layers) {
    if (has_width(layer)) rows.push_back(width_row(layer));
  }
  element.add(legend({{"baseline", "before pruning"}, {"network", "after"}}));
  element.add(bar_chart(rows, Axis::linear(0.0, 100.0), 0.0, "share of the layer's width, %"));
  return element;
}

Element relevance_section(const Provenance& provenance) {
  Element element = section(
      "Relevance",
      "Training learns for each filter and neuron how relevant it is, and how sure of that it may "
      "be. What lies below the cut is not needed. The emptier the region around the cut, the less "
      "the result depends on where the cut was made.");
  element.add(legend({{"network", "kept"}, {"removed", "below the cut, removed"}}));
  const std::string given = provenance.get("relevance");
  const std::string meaning = given.empty() ? "relevance" : given;
  Element panels("div", "panels");
  for (const LayerHistory& layer : provenance.layers) {
    if (can_be_drawn(layer)) panels.add(relevance_panel(layer, meaning));
  }
  return element.add(panels);
}

}  // namespace ockham::bench
