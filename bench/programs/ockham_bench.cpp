// ockham-bench: what a model costs on this machine, layer by layer, and what pruning gained.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/report/page/report_html.h"
#include "bench/report/report.h"
#include "bench/report/report_csv.h"
#include "bench/report/report_json.h"
#include "bench/report/report_table.h"
#include "cli/file_arguments.h"
#include "cli/option_values.h"
#include "cli/program.h"
#include "cli/session_options.h"
#include "cli/standard_streams.h"
#include "runtime/format/output_file.h"
#include "runtime/session/device_module.h"
#include "runtime/session/session.h"

namespace {

using namespace ockham;  // NOLINT(google-build-using-namespace): the program is short

struct Arguments {
  std::filesystem::path model;
  std::filesystem::path baseline;
  std::filesystem::path csv;
  std::filesystem::path json;
  std::filesystem::path html;
  std::string kernels = "auto";
  SessionOptions session;
  std::vector<std::int64_t> batches = {1};
  double seconds = 3.0;
  bool quiet = false;
};

void declare_options(CLI::App& app, Arguments& arguments) {
  app.add_option("MODEL", arguments.model, "Model to measure (.ockham)")->required();
  app.add_option("--baseline", arguments.baseline,
                 "Dense model to compare with, timed in turns with MODEL");
  app.add_option_function<std::string>(
         "--batch",
         [&](const std::string& text) { arguments.batches = cli::parse_batch_sizes(text); },
         "Images per run; of a list (1,8,64) all are timed, and the layers for the first")
      ->check(cli::batch_sizes())
      ->type_name("N[,N...]")
      ->default_str("1");
  app.add_option("--seconds", arguments.seconds, "How long to time a batch, all networks together")
      ->check(cli::number(0.01, 3600.0))
      ->capture_default_str();
  app.add_option(
         "--kernels", arguments.kernels,
         "auto: the fastest; exact: without Winograd's, on cpu only; reference: naive loops")
      ->check(CLI::IsMember({"auto", "exact", "reference"}))
      ->capture_default_str();
  cli::add_session_options(app, arguments.session);
  app.add_option("--csv", arguments.csv,
                 "Write MACs, parameters and time of each layer to this file");
  app.add_option("--json", arguments.json, "Write all figures to this file");
  app.add_option("--html", arguments.html, "Write a page with pictures to this file");
  app.add_flag("--quiet", arguments.quiet, "Print nothing but errors");
  app.footer(
      "Examples:\n"
      "  ockham-bench pruned.ockham --baseline dense.ockham --json bench.json --html report.html\n"
      "  ockham-bench pruned.ockham --batch 1,8,64\n"
      "\n"
      "Answers are checked against the reference executor first; a wrong one is not timed.");
}

bench::MeasureOptions measure_options(const Arguments& arguments) {
  bench::MeasureOptions options;
  options.session = arguments.session;
  options.session.kernels = arguments.kernels == "reference" ? Kernels::kReference
                            : arguments.kernels == "exact"   ? Kernels::kExact
                                                             : Kernels::kAuto;
  options.session.max_batch = arguments.batches.front();
  options.more_batches.assign(arguments.batches.begin() + 1, arguments.batches.end());
  options.seconds = arguments.seconds;
  if (!arguments.quiet) {
    options.announce = [](const std::string& stage) { cli::print_error(stage + " ...\n"); };
    options.note = [](const std::string& note) { cli::print_error(note + "\n"); };
  }
  return options;
}

bench::Report run_benchmark(const Arguments& arguments, const std::string& command) {
  const std::optional<std::filesystem::path> baseline =
      arguments.baseline.empty() ? std::nullopt : std::optional(arguments.baseline);
  bench::Report report;
  report.command = command;
  report.machine = bench::this_machine();
  report.date = bench::now_utc();
  report.device = name_of(arguments.session.device);
  report.kernels = arguments.kernels;
  report.threads = arguments.session.threads;
  report.precision = arguments.session.precision;
  report.batch = arguments.batches.front();
  report.measurements = bench::measure(arguments.model, baseline, measure_options(arguments));
  if (arguments.session.device == Device::kCuda) report.machine.gpu = name_of_device(cuda_module());
  bench::complete(report);
  return report;
}

/// Writes a file that was asked for, and says so.
void write_text(const cli::Console& console, const std::filesystem::path& path,
                const std::string& text) {
  if (path.empty()) return;
  write_file(path, text);
  console.print(fmt::format("written: {}\n", path.string()));
}

void run(const Arguments& arguments, const std::string& command) {
  cli::check_outputs(
      {{"MODEL", arguments.model}, {"--baseline", arguments.baseline}},
      {{"--csv", arguments.csv}, {"--json", arguments.json}, {"--html", arguments.html}});
  const cli::Console console(arguments.quiet, {arguments.csv, arguments.json, arguments.html});
  const bench::Report report = run_benchmark(arguments, command);
  console.print(bench::report_table(report));
  write_text(console, arguments.csv, bench::report_csv(report));
  write_text(console, arguments.json, bench::report_json(report));
  write_text(console, arguments.html, bench::report_html(report));
}

std::string command_line(int argc, char** argv) {
  std::string text = std::filesystem::path(argv[0]).filename().string();
  for (int i = 1; i < argc; ++i) text += std::string(" ") + argv[i];
  return text;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only options that are put together wrongly throw here
int main(int argc, char** argv) {
  CLI::App app("Measures a model: load, first run, latency, memory, and each layer's time.");
  Arguments arguments;
  declare_options(app, arguments);
  return cli::run_program(app, argc, argv, [&] { run(arguments, command_line(argc, argv)); });
}
