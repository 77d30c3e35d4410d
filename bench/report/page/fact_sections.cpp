#include <fmt/format.h>

#include "bench/report/page/parts.h"
#include "bench/report/page/sections.h"
#include "bench/text.h"

namespace ockham::bench {
namespace {

struct CostFigure {
  std::string name;
  std::string (*text)(const NetworkMeasurement& network);
};

}  // namespace

Element costs_section(const Report& report) {
  static const std::vector<CostFigure> kFigures = {
      {"Loading, preparing, self-test",
       [](const auto& network) { return short_time(1000.0 * network.loading.cold.load_ms()); }},
      {"First run",
       [](const auto& network) { return short_time(network.loading.cold.first_run_us); }},
      {"Once more: the file",
       [](const auto& network) { return short_time(1000.0 * network.loading.repeated.file_ms); }},
      {"Once more: the session",
       [](const auto& network) {
         return short_time(1000.0 * network.loading.repeated.session_ms);
       }},
      {"Once more: its self-test",
       [](const auto& network) {
         return short_time(1000.0 * network.loading.repeated.self_test_ms);
       }},
      {"Once more: the first run",
       [](const auto& network) { return short_time(network.loading.repeated.first_run_us); }},
      {"Another session of the model",
       [](const auto& network) { return short_time(1000.0 * network.loading.next_session_ms); }},
      {"Model file", [](const auto& network) { return short_bytes(network.file_bytes); }},
      {"Activations and scratch",
       [](const auto& network) { return short_bytes(network.memory.arena); }},
      {"Packed weights", [](const auto& network) { return short_bytes(network.memory.packed); }},
      {"Peak of the process",
       [](const auto& network) { return short_bytes(network.loading.peak_bytes); }}};
  Element element = section("Start and memory",
                            "Measured in a fresh process for each network, once more as the least "
                            "of several times. The peak includes all libraries.");
  Element table("table", "narrow");
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
  element.add(facts_table(
      {{"Processor", machine.cpu},
       {"Cores", fmt::format("{} usable, {} used", machine.cores, report.threads)},
       {"Vector extensions", extensions},
       {"Memory", fmt::format("{:.1f} GiB", machine.memory_gib)},
       {"System", machine.system},
       {"Load before", fmt::format("{:.2f} (average of the last minute)", machine.load_average)},
       {"Compiler", fmt::format("{}, {}", machine.compiler, machine.build_type)},
       {"oneDNN", machine.onednn},
       {"Ockham", fmt::format("{}, commit {}", machine.ockham, machine.commit)},
       {"Ran on", report.processor()},
       {"Kernels", report.kernels},
       {"Precision", report.precision_text()},
       {"Date", report.date}}));
  Element command("p");
  return element.add(command.add(Element("code", "", report.command)));
}

Element provenance_section(const Provenance& provenance) {
  Element element = section("Provenance", "As written in the model file by who made it.");
  const auto& entries = provenance.entries;
  return element.add(facts_table({entries.begin(), entries.end()}));
}

}  // namespace ockham::bench
