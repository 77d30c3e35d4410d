#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "bench/report/batch_columns.h"
#include "bench/report/page/charts.h"
#include "bench/report/page/parts.h"
#include "bench/report/page/sections.h"
#include "bench/text.h"

namespace ockham::bench {
namespace {

constexpr int kLatencyBins = 60;

BarRow ratio_row(const std::string& name, double theoretical, double measured) {
  return {name,
          {{theoretical, "promise", ratio_text(theoretical) + " theoretical"},
           {measured, "network", ratio_text(measured) + " measured"}}};
}

/// The whole network first, then its layers.
std::vector<BarRow> ratio_rows(const Report& report) {
  const Speedup& whole = *report.speedup;
  std::vector<BarRow> rows{ratio_row("whole network", whole.theoretical, whole.measured)};
  rows.front().emphasised = true;
  for (const LayerComparison& layer : report.layers) {
    if (layer.theoretical && layer.measured) {
      rows.push_back(ratio_row(layer.name, *layer.theoretical, *layer.measured));
    }
  }
  return rows;
}

/// From the worst slow-down to the largest gain, at least from 1 to 2.
Axis ratio_axis(const std::vector<BarRow>& rows) {
  double low = 1.0;
  double high = 2.0;
  for (const BarRow& row : rows) {
    for (const Bar& bar : row.bars) {
      if (bar.value > 0.0) low = std::min(low, bar.value);
      high = std::max(high, bar.value);
    }
  }
  return Axis::logarithmic(low < 1.0 ? low / 1.1 : 1.0, high);
}

BarRow time_row(const LayerComparison& layer) {
  BarRow row{layer.name, {}};
  if (layer.baseline) {
    row.bars.push_back({layer.baseline->us, "baseline", short_time(layer.baseline->us)});
  }
  if (layer.network) {
    row.bars.push_back({layer.network->us, "network", short_time(layer.network->us)});
  }
  return row;
}

std::string count_text(const std::optional<LayerMeasurement>& layer,
                       std::int64_t LayerMeasurement::*count) {
  return layer ? short_count((*layer).*count) : "–";
}

std::string time_text(const std::optional<LayerMeasurement>& layer) {
  return layer ? short_time(layer->us) : "–";
}

std::string optional_ratio(const std::optional<double>& ratio) {
  return ratio ? ratio_text(*ratio) : "–";
}

std::vector<std::string> layer_cells(const LayerComparison& row) {
  const LayerMeasurement& layer = row.network ? *row.network : *row.baseline;
  return {row.name,
          layer.op,
          layer.kernel,
          count_text(row.network, &LayerMeasurement::macs),
          count_text(row.network, &LayerMeasurement::params),
          time_text(row.network)};
}

std::vector<std::string> compared_cells(const LayerComparison& row) {
  const LayerMeasurement& layer = row.network ? *row.network : *row.baseline;
  return {row.name,
          layer.op,
          row.network ? layer.kernel : "removed",
          count_text(row.baseline, &LayerMeasurement::macs),
          count_text(row.network, &LayerMeasurement::macs),
          count_text(row.baseline, &LayerMeasurement::params),
          count_text(row.network, &LayerMeasurement::params),
          time_text(row.baseline),
          time_text(row.network),
          optional_ratio(row.theoretical),
          optional_ratio(row.measured)};
}

Element total_row(const std::vector<std::string>& cells) {
  return table_row("td", cells, 3).set("class", "total");
}

Element layers_table(const Report& report) {
  const NetworkMeasurement& network = report.network();
  Element table("table");
  table.add(table_row("th", {"Layer", "Operator", "Kernel", "MACs", "Parameters", "Time"}, 3));
  for (const LayerComparison& row : report.layers) {
    table.add(table_row("td", layer_cells(row), 3));
  }
  return table.add(total_row({"whole run", "", "", short_count(network.macs),
                              short_count(network.params), short_time(network.latency.p50)}));
}

/// A heading over the two columns of dense and pruned.
Element heading_pair(const char* title) {
  return Element("th", "group", title).set("colspan", "2");
}

Element compared_table(const Report& report) {
  const NetworkMeasurement& network = report.network();
  const NetworkMeasurement& dense = *report.baseline();
  Element groups("tr");
  groups.add(Element("th").set("colspan", "3"));
  for (const char* title : {"MACs", "Parameters", "Time", "Speed-up"}) {
    groups.add(heading_pair(title));
  }
  Element table("table");
  table.add(groups).add(table_row("th",
                                  {"Layer", "Operator", "Kernel", "dense", "pruned", "dense",
                                   "pruned", "dense", "pruned", "theory", "measured"},
                                  3));
  for (const LayerComparison& row : report.layers) {
    table.add(table_row("td", compared_cells(row), 3));
  }
  return table.add(
      total_row({"whole run", "", "", short_count(dense.macs), short_count(network.macs),
                 short_count(dense.params), short_count(network.params),
                 short_time(dense.latency.p50), short_time(network.latency.p50),
                 ratio_text(report.speedup->theoretical), ratio_text(report.speedup->measured)}));
}

/// The upper line of the headings: neighbours with the same one share a cell.
Element shared_headings(const std::vector<BatchColumn>& columns) {
  Element row("tr");
  for (std::size_t i = 0, end = 0; i < columns.size(); i = end) {
    const std::string_view above = columns[i].above;
    for (end = i + 1; end < columns.size() && !above.empty() && columns[end].above == above;) ++end;
    row.add(Element("th", "number", above).set("colspan", std::to_string(end - i)));
  }
  return row;
}

Element batches_table(const Report& report) {
  const std::vector<BatchColumn> columns = batch_columns(report);
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const BatchColumn& column : columns) names.emplace_back(column.name);
  Element table("table");
  table.add(shared_headings(columns)).add(table_row("th", names, 0));
  for (const auto& cells : batch_rows(report, columns)) table.add(table_row("td", cells, 0));
  return table;
}

/// Wide enough for nine runs in ten and some tail; disturbed runs must not squeeze all others.
double end_of_latency_axis(const LatencySummary& latency) {
  const double spread = std::max(4.0 * (latency.p90 - latency.min), 0.05 * latency.p50);
  return std::min(latency.p50 + spread, std::max(1.15 * latency.p99, 1.05 * latency.p50));
}

std::vector<double> samples_up_to(const std::vector<double>& samples, double limit) {
  std::vector<double> kept;
  for (const double sample : samples) {
    if (sample <= limit) kept.push_back(sample);
  }
  return kept;
}

std::vector<Mark> latency_marks(const LatencySummary& latency, double end) {
  std::vector<Mark> marks;
  for (const auto& [value, name] :
       {std::pair(latency.p50, "median "), std::pair(latency.p90, "p90 "),
        std::pair(latency.p99, "p99 ")}) {
    if (value <= end) marks.push_back({value, name + short_time(value)});
  }
  return marks;
}

Element latency_panel(const std::string& title, const NetworkMeasurement& network) {
  const LatencySummary& latency = network.latency;
  const double end = end_of_latency_axis(latency);
  const double start = std::max(0.0, latency.min - 0.05 * (end - latency.min));
  const std::vector<double> drawn = samples_up_to(network.samples_us, end);
  Element panel("div", "panel");
  panel.add(Element("h3", "", title));
  panel.add(Element("p", "note",
                    fmt::format("{} runs. Fastest {}, mean {}, p99 {}. {} slower runs lie beyond "
                                "the axis.",
                                latency.runs, short_time(latency.min), short_time(latency.mean),
                                short_time(latency.p99), latency.runs - drawn.size())));
  return panel.add(histogram_chart(histogram(drawn, start, end, kLatencyBins),
                                   latency_marks(latency, end), std::nullopt, "time of one run, µs",
                                   "runs"));
}

}  // namespace

Element speedup_section(const Report& report) {
  Element element = section(
      "Theoretical against measured speed-up",
      "Theoretical: multiply-accumulates of the dense layer over those of the pruned one. "
      "Measured: their median times, taken in turns in one run. Left of 1 is slower than before.");
  const std::vector<BarRow> rows = ratio_rows(report);
  element.add(legend({{"promise", "theoretical"}, {"network", "measured"}}));
  return element.add(
      bar_chart(rows, ratio_axis(rows), 1.0, "times faster than the dense network (log scale)"));
}

Element times_section(const Report& report) {
  Element element =
      section("Where the time goes", "Median time of each layer, with what is fused into it.");
  std::vector<BarRow> rows;
  double longest = 1e-3;
  for (const LayerComparison& layer : report.layers) {
    rows.push_back(time_row(layer));
    for (const Bar& bar : rows.back().bars) longest = std::max(longest, bar.value);
  }
  if (report.baseline()) element.add(legend({{"baseline", "dense"}, {"network", "pruned"}}));
  return element.add(bar_chart(rows, Axis::linear(0.0, longest), 0.0, "time, µs"));
}

Element layers_section(const Report& report) {
  Element scroll("div", "scroll");
  scroll.add(report.baseline() ? compared_table(report) : layers_table(report));
  return section("Layer by layer", "").add(scroll);
}

Element latency_section(const Report& report) {
  Element element =
      section("Latency", fmt::format("Every timed run of {} image{}. Each axis has a range of "
                                     "its own.",
                                     report.batch, report.batch == 1 ? "" : "s"));
  Element panels("div", "panels");
  if (report.baseline()) panels.add(latency_panel("Dense", *report.baseline()));
  panels.add(latency_panel(report.baseline() ? "Pruned" : "Network", report.network()));
  return element.add(panels);
}

Element batches_section(const Report& report) {
  std::string caption = "Medians, each batch by a session of its own.";
  if (report.network().batches.front().device) {
    caption +=
        " Run: with arrays on the host. Device: what it takes on the device alone, on inputs in "
        "its memory. Copies and launches are the difference.";
  }
  Element scroll("div", "scroll");
  return section("Batches", caption).add(scroll.add(batches_table(report)));
}

}  // namespace ockham::bench
