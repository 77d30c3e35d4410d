#include <fmt/format.h>

#include "bench/report/page/parts.h"
#include "bench/report/page/sections.h"
#include "bench/text.h"

namespace ockham::bench {
namespace {

std::string lead(const Report& report) {
  const std::string how = report.device == "cpu" ? fmt::format("{} thread{}", report.threads,
                                                               report.threads == 1 ? "" : "s")
                                                 : report.precision_text();
  const std::string where =
      fmt::format("on {}, {}, batch {}", report.processor(), how, report.batch);
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

std::string of_dense(const std::string& value) { return "dense: " + value; }

/// The tile of a figure that both networks have.
template <class Figure>
Element tile_of(const Report& report, const std::string& name, Figure figure) {
  return tile(name, figure(report.network()),
              report.baseline() ? of_dense(figure(*report.baseline())) : "");
}

Element accuracy_tile(const Provenance& provenance) {
  const std::string dense = provenance.get("dense.test_error_percent");
  return tile("Test error", provenance.get("test_error_percent") + " %",
              dense.empty() ? "" : of_dense(dense + " %"));
}

Element tiles(const Report& report) {
  Element element("div", "tiles");
  if (report.speedup) {
    Element first("div", "first");
    first.add(tile("Speed-up", ratio_text(report.speedup->measured),
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
  element.add(tile_of(report, "MACs per image",
                      [](const NetworkMeasurement& network) { return short_count(network.macs); }));
  element.add(tile_of(report, "Parameters", [](const NetworkMeasurement& network) {
    return short_count(network.params);
  }));
  element.add(tile_of(report, "Model file", [](const NetworkMeasurement& network) {
    return short_bytes(network.file_bytes);
  }));
  return element;
}

}  // namespace

std::string page_title(const Report& report) {
  const std::string network = report.network().provenance.get("network");
  const std::string data = report.network().provenance.get("data");
  if (!network.empty()) return data.empty() ? network : network + " on " + data;
  const std::string& name = report.network().graph.name;
  return name.empty() ? std::string("Network") : name;
}

Element headline(const Report& report) {
  Element element("header");
  element.add(Element("p", "eyebrow", "Ockham benchmark, " + report.date));
  element.add(Element("h1", "", page_title(report)));
  element.add(Element("p", "lead", lead(report)));
  return element.add(tiles(report));
}

Element advice_section(const Report& report) {
  Element element = section("What the figures say", "");
  Element list("ul");
  for (const std::string& sentence : report.advice) list.add(Element("li", "", sentence));
  return element.add(list);
}

}  // namespace ockham::bench
