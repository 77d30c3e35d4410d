#include "bench/report/report_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/report/charts.h"
#include "bench/report/html.h"
#include "bench/report/style.h"
#include "bench/text.h"

namespace ockham::bench {
namespace {

constexpr int kRelevanceBins = 40;
constexpr int kLatencyBins = 60;

Element section(const std::string& title, const std::string& caption) {
  Element element("section");
  element.add(Element("h2", "", title));
  if (!caption.empty()) element.add(Element("p", "caption", caption));
  return element;
}

struct Key {
  const char* css_class;
  std::string meaning;
};

Element legend(const std::vector<Key>& keys) {
  Element element("div", "legend");
  for (const Key& key : keys) {
    Element item("span", "key");
    item.add(Element("span", fmt::format("swatch {}", key.css_class)));
    element.add(item.text(key.meaning));
  }
  return element;
}

Element table_row(const char* cell, const std::vector<std::string>& cells, std::size_t texts) {
  Element row("tr");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    row.add(Element(cell, i < texts ? "" : "number", cells[i]));
  }
  return row;
}

using Fact = std::pair<std::string, std::string>;

Element facts_table(const std::vector<Fact>& facts) {
  Element table("table", "facts");
  for (const auto& [name, value] : facts) {
    Element row("tr");
    table.add(row.add(Element("th", "", name)).add(Element("td", "", value)));
  }
  return table;
}

// ---- Head: the result in one sentence and a row of figures ----------------------------------

std::string title_of(const Report& report) {
  const std::string network = report.network().provenance.get("network");
  if (!network.empty()) return network;
  const std::string& name = report.network().graph_name;
  return name.empty() ? std::string("Network") : name;
}

std::string lead(const Report& report) {
  const std::string where =
      fmt::format("on {}, {} thread{}, batch {}", report.machine.cpu, report.threads,
                  report.threads == 1 ? "" : "s", report.batch);
  const std::string time = short_time(report.network().latency.p50);
  if (!report.speedup) return fmt::format("{} a run {}.", time, where);
  return fmt::format("{} fewer operations, {} faster: {} a run instead of {} {}.",
                     ratio_text(report.speedup->theoretical), ratio_text(report.speedup->measured),
                     time, short_time(report.baseline()->latency.p50), where);
}

Element tile(const std::string& name, const std::string& value, const std::string& note) {
  Element element("div", "tile");
  element.add(Element("div", "tile-name", name)).add(Element("div", "tile-value", value));
  if (!note.empty()) element.add(Element("div", "tile-note", note));
  return element;
}

std::string instead_of(const std::string& value) { return "instead of " + value; }

/// The tile of a figure that both networks have.
template <class Figure>
Element tile_of(const Report& report, const std::string& name, Figure figure) {
  return tile(name, figure(report.network()),
              report.baseline() ? instead_of(figure(*report.baseline())) : "");
}

Element accuracy_tile(const Provenance& provenance) {
  const std::string dense = provenance.get("dense.test_error_percent");
  return tile("Test error", provenance.get("test_error_percent") + " %",
              dense.empty() ? "" : instead_of(dense + " %"));
}

Element tiles(const Report& report) {
  Element element("div", "tiles");
  if (report.speedup) {
    Element first("div", "first");
    first.add(tile("Measured speed-up", ratio_text(report.speedup->measured),
                   fmt::format("{:.0f} % of the theoretical {}", 100 * report.speedup->efficiency,
                               ratio_text(report.speedup->theoretical))));
    element.add(first);
  }
  element.add(tile_of(report, "Latency, median", [](const NetworkMeasurement& network) {
    return short_time(network.latency.p50);
  }));
  if (!report.network().provenance.get("test_error_percent").empty()) {
    element.add(accuracy_tile(report.network().provenance));
  }
  element.add(tile_of(report, "Operations per image", [](const NetworkMeasurement& network) {
    return short_count(network.macs) + " MACs";
  }));
  element.add(tile_of(report, "Parameters", [](const NetworkMeasurement& network) {
    return short_count(network.params);
  }));
  element.add(tile_of(report, "Model file", [](const NetworkMeasurement& network) {
    return short_bytes(network.file_bytes);
  }));
  return element;
}

// ---- What was pruned ------------------------------------------------------------------------

BarRow width_row(const LayerHistory& layer) {
  const double kept =
      100.0 * static_cast<double>(layer.width) / static_cast<double>(layer.dense_width);
  BarRow row{layer.layer, {}, layer.reason};
  row.bars.push_back({100.0, "baseline", fmt::format("{} before", layer.dense_width)});
  row.bars.push_back({kept, "network", fmt::format("{} after ({:.0f} %)", layer.width, kept)});
  return row;
}

Element widths_section(const Report& report) {
  Element element = section("What was pruned",
                            "Filters of convolutions and neurons of linear layers, before and "
                            "after, and why each layer ended where it did.");
  std::vector<BarRow> rows;
  for (const LayerHistory& layer : report.network().provenance.layers) {
    if (layer.dense_width > 0) rows.push_back(width_row(layer));
  }
  element.add(legend({{"baseline", "before pruning"}, {"network", "after"}}));
  element.add(bar_chart(rows, Axis::linear(0.0, 100.0), 0.0, "share of the layer's width, %"));
  return element;
}

// ---- Relevance ------------------------------------------------------------------------------

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
    if (value <= relevances.cut) below = std::max(below.value_or(value), value);
    if (value > relevances.cut) above = std::min(above.value_or(value), value);
  }
  if (!below) return "All lie above the cut.";
  if (!above) return "None lies above the cut.";
  return fmt::format("No value between {:.2f} and {:.2f}.", *below, *above);
}

Element relevance_panel(const LayerHistory& layer) {
  const Relevances relevances = finite_relevances(layer);
  const auto [least, most] =
      std::minmax_element(relevances.values.begin(), relevances.values.end());
  const double low = std::min(*least, relevances.cut);
  const double high = std::max(*most, relevances.cut);
  const double margin = std::max(0.5, 0.04 * (high - low));
  const Histogram counts =
      histogram(relevances.values, low - margin, high + margin, kRelevanceBins);

  Element panel("div", "panel");
  panel.add(Element("h3", "", layer.layer));
  panel.add(Element(
      "p", "note",
      fmt::format("{} of {} kept. {}", layer.width, layer.dense_width, gap_text(relevances))));
  panel.add(histogram_chart(counts, {{relevances.cut, fmt::format("cut at {:g}", relevances.cut)}},
                            relevances.cut, "log alpha (noise over signal)", "in the tallest bar"));
  return panel;
}

Element relevance_section(const std::vector<LayerHistory>& layers) {
  Element element = section(
      "Relevance",
      "Training learns for each filter and neuron how much noise it tolerates. What tolerates more "
      "noise than it carries signal is not needed. The emptier the region around the cut, the less "
      "the result depends on where the cut was made.");
  element.add(legend({{"network", "kept"}, {"removed", "above the cut, removed"}}));
  Element panels("div", "panels");
  for (const LayerHistory& layer : layers) {
    if (can_be_drawn(layer)) panels.add(relevance_panel(layer));
  }
  return element.add(panels);
}

// ---- Theoretical against measured -----------------------------------------------------------

BarRow ratio_row(const std::string& name, double theoretical, double measured) {
  return {name,
          {{theoretical, "promise", ratio_text(theoretical) + " theoretical"},
           {measured, "network", ratio_text(measured) + " measured"}},
          ""};
}

std::vector<BarRow> ratio_rows(const Report& report) {
  std::vector<BarRow> rows;
  for (const LayerComparison& layer : report.layers) {
    if (layer.theoretical && layer.measured) {
      rows.push_back(ratio_row(layer.name, *layer.theoretical, *layer.measured));
    }
  }
  const Speedup& whole = *report.speedup;
  rows.push_back(ratio_row("whole network", whole.theoretical, whole.measured));
  return rows;
}

/// From the slowest-down to the largest gain, with some room, at least from 1 to 2.
Axis ratio_axis(const std::vector<BarRow>& rows) {
  double low = 1.0;
  double high = 2.0;
  for (const BarRow& row : rows) {
    for (const Bar& bar : row.bars) {
      low = std::min(low, bar.value);
      high = std::max(high, bar.value);
    }
  }
  return Axis::logarithmic(low < 1.0 ? low / 1.1 : 1.0, high * 1.05);
}

Element speedup_section(const Report& report) {
  Element element = section(
      "Theoretical against measured speed-up",
      "Theoretical: operations of the dense layer over those of the pruned one. Measured: their "
      "median times, taken in turns in one run. Bars left of 1 mean slower than before.");
  const std::vector<BarRow> rows = ratio_rows(report);
  element.add(legend({{"promise", "theoretical"}, {"network", "measured"}}));
  element.add(bar_chart(rows, ratio_axis(rows), 1.0, "speed-up over the dense network, times"));
  return element;
}

// ---- Where the time goes --------------------------------------------------------------------

BarRow time_row(const LayerComparison& layer) {
  BarRow row{layer.name, {}, ""};
  if (layer.baseline) {
    row.bars.push_back({layer.baseline->us, "baseline", short_time(layer.baseline->us)});
  }
  if (layer.network) {
    row.bars.push_back({layer.network->us, "network", short_time(layer.network->us)});
  }
  return row;
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
  element.add(bar_chart(rows, Axis::linear(0.0, longest), 0.0, "time, us"));
  return element;
}

std::string count_or_dash(const std::optional<LayerMeasurement>& layer,
                          std::int64_t LayerMeasurement::*count) {
  return layer ? short_count((*layer).*count) : "-";
}

std::string time_or_dash(const std::optional<LayerMeasurement>& layer) {
  return layer ? short_time(layer->us) : "-";
}

std::string ratio_or_dash(const std::optional<double>& ratio) {
  return ratio ? ratio_text(*ratio) : "-";
}

std::vector<std::string> layer_cells(const LayerComparison& row, bool compared) {
  const LayerMeasurement& layer = row.network ? *row.network : *row.baseline;
  std::vector<std::string> cells{row.name, layer.op, row.network ? layer.kernel : "removed"};
  if (compared) cells.push_back(count_or_dash(row.baseline, &LayerMeasurement::macs));
  cells.push_back(count_or_dash(row.network, &LayerMeasurement::macs));
  if (compared) cells.push_back(count_or_dash(row.baseline, &LayerMeasurement::params));
  cells.push_back(count_or_dash(row.network, &LayerMeasurement::params));
  if (compared) cells.push_back(time_or_dash(row.baseline));
  cells.push_back(time_or_dash(row.network));
  if (compared) {
    cells.push_back(ratio_or_dash(row.theoretical));
    cells.push_back(ratio_or_dash(row.measured));
  }
  return cells;
}

std::vector<std::string> layer_headings(bool compared) {
  if (!compared) return {"Layer", "Operator", "Kernel", "MACs", "Parameters", "Time"};
  return {"Layer",  "Operator",    "Kernel", "MACs, dense", "MACs",    "Params, dense",
          "Params", "Time, dense", "Time",   "Theoretical", "Measured"};
}

Element layers_section(const Report& report) {
  Element element = section("Layers", "");
  const bool compared = report.baseline().has_value();
  Element table("table");
  table.add(table_row("th", layer_headings(compared), 3));
  for (const LayerComparison& row : report.layers) {
    table.add(table_row("td", layer_cells(row, compared), 3));
  }
  Element scroll("div", "scroll");
  return element.add(scroll.add(table));
}

// ---- Latency --------------------------------------------------------------------------------

Element latency_panel(const std::string& title, const NetworkMeasurement& network) {
  const LatencySummary& latency = network.latency;
  const double high = std::max(1.15 * latency.p99, 1.05 * latency.p50);
  std::vector<double> drawn;
  for (const double sample : network.samples_us) {
    if (sample <= high) drawn.push_back(sample);
  }
  const double low = std::max(0.0, latency.min - 0.05 * (high - latency.min));
  Element panel("div", "panel");
  panel.add(Element("h3", "", title));
  panel.add(Element(
      "p", "note",
      fmt::format("{} runs, fastest {}, mean {}; {} slower ones lie beyond the axis.", latency.runs,
                  short_time(latency.min), short_time(latency.mean), latency.runs - drawn.size())));
  const std::vector<Mark> marks = {{latency.p50, "median " + short_time(latency.p50)},
                                   {latency.p90, "p90 " + short_time(latency.p90)},
                                   {latency.p99, "p99 " + short_time(latency.p99)}};
  panel.add(histogram_chart(histogram(drawn, low, high, kLatencyBins), marks, std::nullopt,
                            "time of one run, us", "runs in the tallest bar"));
  return panel;
}

Element latency_section(const Report& report) {
  Element element =
      section("Latency", fmt::format("Every timed run of {} image{}. The axes differ.",
                                     report.batch, report.batch == 1 ? "" : "s"));
  Element panels("div", "panels");
  if (report.baseline()) panels.add(latency_panel("Dense", *report.baseline()));
  panels.add(latency_panel(report.baseline() ? "Pruned" : "Network", report.network()));
  return element.add(panels);
}

// ---- Start, memory, machine, provenance -----------------------------------------------------

struct CostFigure {
  std::string name;
  std::string (*text)(const NetworkMeasurement& network);
};

Element costs_section(const Report& report) {
  static const std::vector<CostFigure> kFigures = {
      {"Loading, preparing, self-test",
       [](const auto& network) { return short_time(1000.0 * network.cold_start.load_ms); }},
      {"First run",
       [](const auto& network) { return short_time(network.cold_start.first_run_us); }},
      {"Model file", [](const auto& network) { return short_bytes(network.file_bytes); }},
      {"Activations and scratch",
       [](const auto& network) { return short_bytes(network.memory.arena); }},
      {"Packed weights", [](const auto& network) { return short_bytes(network.memory.packed); }},
      {"Peak of the process",
       [](const auto& network) { return short_bytes(network.cold_start.peak_bytes); }}};
  Element element = section("Start and memory",
                            "Measured in a fresh process for each network. The peak includes all "
                            "libraries.");
  Element table("table");
  const bool compared = report.baseline().has_value();
  table.add(compared ? table_row("th", {"", "Dense", "Pruned"}, 1) : table_row("th", {"", ""}, 1));
  for (const CostFigure& figure : kFigures) {
    std::vector<std::string> cells{figure.name};
    if (compared) cells.push_back(figure.text(*report.baseline()));
    cells.push_back(figure.text(report.network()));
    table.add(table_row("td", cells, 1));
  }
  return element.add(table);
}

Element machine_section(const Report& report) {
  const Machine& machine = report.machine;
  std::string extensions;
  for (const std::string& name : machine.isa) extensions += (extensions.empty() ? "" : " ") + name;
  Element element = section("Machine and build", "");
  element.add(
      facts_table({{"Processor", machine.cpu},
                   {"Cores", fmt::format("{} usable, {} used", machine.cores, report.threads)},
                   {"Vector extensions", extensions},
                   {"Memory", fmt::format("{:.1f} GiB", machine.memory_gib)},
                   {"System", machine.system},
                   {"Compiler", fmt::format("{}, {}", machine.compiler, machine.build_type)},
                   {"oneDNN", machine.onednn},
                   {"Ockham", fmt::format("{}, commit {}", machine.ockham, machine.commit)},
                   {"Kernels", report.kernels},
                   {"Date", report.date}}));
  Element command("p");
  return element.add(command.add(Element("code", "", report.command)));
}

Element provenance_section(const Report& report) {
  Element element = section("Provenance", "As written in the model file by who made it.");
  const auto& entries = report.network().provenance.entries;
  return element.add(facts_table({entries.begin(), entries.end()}));
}

Element advice_section(const Report& report) {
  Element element = section("What the figures say", "");
  Element list("ul");
  for (const std::string& sentence : report.advice) list.add(Element("li", "", sentence));
  return element.add(list);
}

Element body(const Report& report) {
  const Provenance& provenance = report.network().provenance;
  Element main("main");
  main.add(Element("h1", "", title_of(report))).add(Element("p", "lead", lead(report)));
  main.add(tiles(report));
  if (!report.advice.empty()) main.add(advice_section(report));
  if (!provenance.layers.empty()) main.add(widths_section(report));
  if (std::any_of(provenance.layers.begin(), provenance.layers.end(), can_be_drawn)) {
    main.add(relevance_section(provenance.layers));
  }
  if (report.speedup) main.add(speedup_section(report));
  main.add(times_section(report)).add(layers_section(report)).add(latency_section(report));
  main.add(costs_section(report));
  if (!provenance.entries.empty()) main.add(provenance_section(report));
  main.add(machine_section(report));
  main.add(Element("footer", "",
                   fmt::format("Answers were checked against the reference before timing: largest "
                               "relative error {:.1e}.",
                               report.network().answer_error)));
  Element page_body("body");
  return page_body.add(main);
}

/// Even if something slipped through the escaping, a browser would fetch and run nothing.
Element head(const Report& report) {
  Element element("head");
  element.add(Element("meta").set("charset", "utf-8"));
  element.add(Element("meta")
                  .set("http-equiv", "Content-Security-Policy")
                  .set("content", "default-src 'none'; style-src 'unsafe-inline'"));
  element.add(Element("meta")
                  .set("name", "viewport")
                  .set("content", "width=device-width, initial-scale=1"));
  return element.add(Element("title", "", title_of(report) + ": Ockham benchmark"));
}

}  // namespace

std::string report_html(const Report& report) {
  // The style sheet is ours and holds characters that must not be escaped.
  const std::string style = fmt::format("<style>{}</style>", kStyle);
  return "<!DOCTYPE html>\n<html lang=\"en\">" + head(report).html() + style + body(report).html() +
         "</html>\n";
}

}  // namespace ockham::bench
