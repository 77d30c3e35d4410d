#include "bench/report/report_table.h"

#include <fmt/format.h>

#include "bench/report/batch_columns.h"
#include "bench/text.h"

namespace ockham::bench {
namespace {

using Cells = std::vector<std::string>;

/// Rows of cells in aligned columns: the first `texts` to the left, the others to the right.
class Table {
 public:
  explicit Table(std::size_t texts) : texts_(texts) {}

  void row(Cells cells) { rows_.push_back(std::move(cells)); }
  void rule() { rows_.emplace_back(); }

  std::string text() const {
    const std::vector<std::size_t> widths = column_widths();
    std::string result;
    for (const Cells& cells : rows_) {
      result += cells.empty() ? rule_text(widths) : row_text(cells, widths);
      result += '\n';
    }
    return result;
  }

 private:
  std::vector<std::size_t> column_widths() const {
    std::vector<std::size_t> widths;
    for (const Cells& cells : rows_) {
      widths.resize(std::max(widths.size(), cells.size()), 0);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        widths[i] = std::max(widths[i], display_width(cells[i]));
      }
    }
    return widths;
  }

  std::string row_text(const Cells& cells, const std::vector<std::size_t>& widths) const {
    std::string line = " ";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string fill(widths[i] - display_width(cells[i]), ' ');
      line += ' ' + (i < texts_ ? cells[i] + fill : fill + cells[i]) + ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  }

  static std::string rule_text(const std::vector<std::size_t>& widths) {
    std::size_t length = 0;
    for (const std::size_t width : widths) length += width + 2;
    return "  " + std::string(length - 2, '-');
  }

  std::size_t texts_;
  std::vector<Cells> rows_;
};

/// What it ran on.
std::string place(const Report& report) {
  if (report.device == "cpu") {
    return fmt::format("{}, {} of {} cores", report.processor(), report.threads,
                       report.machine.cores);
  }
  return fmt::format("{}, {}", report.processor(), report.precision_text());
}

std::string head(const Report& report) {
  const std::string versus =
      report.baseline() ? " against " + printable(report.baseline()->model) : "";
  return fmt::format("{}{}\n{}, batch {}, kernels {}, {} build\n\n",
                     printable(report.network().model), versus, place(report), report.batch,
                     report.kernels, report.machine.build_type);
}

struct Figure {
  const char* name;
  double (*value)(const NetworkMeasurement& network);
  std::string (*text)(double value);
};

std::string count_text(double value) { return short_count(static_cast<std::int64_t>(value)); }
std::string bytes_text(double value) { return short_bytes(static_cast<std::uint64_t>(value)); }

const std::vector<Figure>& figures() {
  using Network = const NetworkMeasurement&;
  static const std::vector<Figure> kFigures = {
      {"latency p50", [](Network n) { return n.latency.p50; }, short_time},
      {"latency p90", [](Network n) { return n.latency.p90; }, short_time},
      {"latency p99", [](Network n) { return n.latency.p99; }, short_time},
      {"latency min", [](Network n) { return n.latency.min; }, short_time},
      {"latency mean", [](Network n) { return n.latency.mean; }, short_time},
      {"load, cold", [](Network n) { return 1000.0 * n.loading.cold.load_ms(); }, short_time},
      {"first run, cold", [](Network n) { return n.loading.cold.first_run_us; }, short_time},
      {"load again", [](Network n) { return 1000.0 * n.loading.repeated.load_ms(); }, short_time},
      {"- the file", [](Network n) { return 1000.0 * n.loading.repeated.file_ms; }, short_time},
      {"- the session", [](Network n) { return 1000.0 * n.loading.repeated.session_ms; },
       short_time},
      {"- its self-test", [](Network n) { return 1000.0 * n.loading.repeated.self_test_ms; },
       short_time},
      {"first run again", [](Network n) { return n.loading.repeated.first_run_us; }, short_time},
      {"another session", [](Network n) { return 1000.0 * n.loading.next_session_ms; }, short_time},
      {"MACs per image", [](Network n) { return static_cast<double>(n.macs); }, count_text},
      {"parameters", [](Network n) { return static_cast<double>(n.params); }, count_text},
      {"file", [](Network n) { return static_cast<double>(n.file_bytes); }, bytes_text},
      {"arena", [](Network n) { return static_cast<double>(n.memory.arena); }, bytes_text},
      {"packed weights", [](Network n) { return static_cast<double>(n.memory.packed); },
       bytes_text},
      {"peak of process", [](Network n) { return static_cast<double>(n.loading.peak_bytes); },
       bytes_text}};
  return kFigures;
}

std::string figures_table(const Report& report) {
  Table table(1);
  table.row(report.baseline() ? Cells{"", "dense", "pruned", "ratio"} : Cells{"", "network"});
  table.rule();
  for (const Figure& figure : figures()) {
    const double value = figure.value(report.network());
    Cells cells{figure.name};
    if (report.baseline()) {
      const double dense = figure.value(*report.baseline());
      cells.push_back(figure.text(dense));
      cells.push_back(figure.text(value));
      cells.push_back(value > 0.0 ? ratio_text(dense / value) : "-");
    } else {
      cells.push_back(figure.text(value));
    }
    table.row(std::move(cells));
  }
  return table.text();
}

std::string macs_text(const std::optional<LayerMeasurement>& layer) {
  return layer ? short_count(layer->macs) : "-";
}

std::string time_text(const std::optional<LayerMeasurement>& layer) {
  return layer ? short_time(layer->us) : "-";
}

std::string optional_ratio(const std::optional<double>& ratio) {
  return ratio ? ratio_text(*ratio) : "-";
}

/// Columns: layer, operator, kernel, MACs, time; with a baseline also its MACs and time, and
/// ratios.
Cells layer_cells(const LayerComparison& row, bool compared) {
  const LayerMeasurement& layer = row.network ? *row.network : *row.baseline;
  const std::string kernel = row.network ? printable(layer.kernel) : "(removed)";
  Cells cells{printable(row.name), printable(layer.op), kernel};
  if (compared) cells.push_back(macs_text(row.baseline));
  cells.push_back(macs_text(row.network));
  if (compared) cells.push_back(time_text(row.baseline));
  cells.push_back(time_text(row.network));
  if (!compared) return cells;
  cells.push_back(optional_ratio(row.theoretical));
  cells.push_back(optional_ratio(row.measured));
  return cells;
}

Cells total_cells(const Report& report) {
  const NetworkMeasurement& network = report.network();
  const std::string macs = short_count(network.macs);
  const std::string time = short_time(network.latency.p50);
  if (!report.baseline()) return {"whole run", "", "", macs, time};
  const NetworkMeasurement& dense = *report.baseline();
  return {"whole run",
          "",
          "",
          short_count(dense.macs),
          macs,
          short_time(dense.latency.p50),
          time,
          ratio_text(report.speedup->theoretical),
          ratio_text(report.speedup->measured)};
}

std::string layers_table(const Report& report) {
  const bool compared = report.baseline().has_value();
  Table table(3);
  if (compared) {
    table.row({"", "", "", "MACs", "MACs", "time", "time", "speed-up", "speed-up"});
    table.row({"layer", "operator", "kernel", "dense", "pruned", "dense", "pruned", "theoretical",
               "measured"});
  } else {
    table.row({"layer", "operator", "kernel", "MACs", "time"});
  }
  table.rule();
  for (const LayerComparison& row : report.layers) table.row(layer_cells(row, compared));
  table.rule();
  table.row(total_cells(report));
  return table.text();
}

/// A row per batch; "" where one batch was measured on the CPU, which is told above.
std::string batches_table(const Report& report) {
  if (report.network().batches.empty()) return "";
  const std::vector<BatchColumn> columns = batch_columns(report);
  Table table(0);
  Cells above, names;
  for (const BatchColumn& column : columns) {
    above.emplace_back(column.above);
    names.emplace_back(column.name);
  }
  table.row(std::move(above));
  table.row(std::move(names));
  table.rule();
  for (Cells& cells : batch_rows(report, columns)) table.row(std::move(cells));
  return "\n" + table.text();
}

std::string verdict(const Report& report) {
  if (!report.speedup) return "";
  return fmt::format("\nspeed-up: theoretical {}, measured {}, that is {:.0f} % of it\n",
                     ratio_text(report.speedup->theoretical), ratio_text(report.speedup->measured),
                     100.0 * report.speedup->efficiency);
}

std::string advice_text(const Report& report) {
  std::string text;
  for (const std::string& sentence : report.advice) text += "* " + sentence + "\n";
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string report_table(const Report& report) {
  return head(report) + figures_table(report) + "\n" + layers_table(report) +
         batches_table(report) + verdict(report) + advice_text(report);
}

}  // namespace ockham::bench
