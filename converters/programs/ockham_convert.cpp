// ockham-convert: removes from an ONNX network what it does not need, exactly, and writes a model
// file.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/file_arguments.h"
#include "cli/option_values.h"
#include "cli/program.h"
#include "cli/standard_streams.h"
#include "converters/emit_c/emit_c.h"
#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "converters/programs/sample_option.h"
#include "converters/programs/shape_option.h"
#include "converters/pruning/conversion.h"
#include "converters/pruning/history.h"
#include "converters/pruning/plan_dot.h"
#include "converters/pruning/plan_json.h"
#include "converters/pruning/proof.h"
#include "runtime/format/model_file.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/cost.h"

namespace ockham::converters {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  ockham-convert pruned.onnx -o lenet5.ockham --onnx compact.onnx\n"
    "  ockham-convert pruned.onnx --dry-run --json plan.json --dot plan.dot\n"
    "  ockham-convert pruned.onnx --emit-c src            # src/pruned.c, src/pruned.h\n"
    "  ockham-convert resnet.onnx --check\n"
    "  ockham-convert detector.onnx --shape image=1,3,240,320 -o detector.ockham";

constexpr std::int64_t kProgressSteps = 1000;
constexpr double kSecondsWithoutBar = 1.0;

using Clock = std::chrono::steady_clock;

struct Arguments {
  std::filesystem::path input, output, onnx, json, dot, emit_c;
  bool dry_run = false, check = false, quiet = false;
  std::vector<std::string> shapes, samples;
  std::size_t max_memory = ImportOptions{}.max_memory;
  std::uint64_t seed = 1;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("input", arguments.input, "Network to convert (.onnx)")->required();
  auto* output = app.add_option("-o,--output", arguments.output, "Model file to write (.ockham)");
  auto* onnx = app.add_option("--onnx", arguments.onnx, "Also write the compact network as ONNX");
  auto* emit_c =
      app.add_option("--emit-c", arguments.emit_c,
                     "Write the compact network as C into this folder: NAME.c and NAME.h, "
                     "named after OUT.ockham or else the input (docs/emit_c.md)")
          ->type_name("DIR");
  auto* dry_run = app.add_flag("--dry-run", arguments.dry_run, "Plan and verify, write no network");
  auto* check = app.add_flag("--check", arguments.check, "Only say whether it can be imported");
  app.add_option("--json", arguments.json, "Write the plan as JSON")->excludes(check);
  app.add_option("--dot", arguments.dot,
                 "Write the network and what goes as Graphviz text (draw: dot -Tsvg OUT.dot)")
      ->excludes(check);
  app.add_option("--shape", arguments.shapes,
                 "Shape of an input where the file leaves it open: NAME=1,3,224,224, the batch (1 "
                 "or N) first; may be repeated")
      ->type_name("NAME=EXTENTS")
      ->allow_extra_args(false);
  app.add_option(
         "--sample", arguments.samples,
         "Verify on images of your own instead of noise: a .npy file, [N, C, H, W] or as the "
         "input is (NAME=FILE for each of several inputs). The first 8 count, and stay in the "
         "model file for its self-test; bytes are prepared as the network's file says, or "
         "taken as 0 to 255")
      ->type_name("FILE.npy")
      ->allow_extra_args(false)
      ->excludes(check);
  app.add_option("--max-memory", arguments.max_memory,
                 "Most memory that importing may take, such as 512MB (default: 4GB)")
      ->transform(cli::memory_size());
  app.add_option("--seed", arguments.seed, "Seed of the random inputs for verifying")
      ->check(cli::seed())
      ->capture_default_str();
  app.add_flag("--quiet", arguments.quiet, "Print errors only");
  dry_run->excludes(output)->excludes(onnx)->excludes(emit_c)->excludes(check);
  check->excludes(output)->excludes(onnx)->excludes(emit_c);
  app.footer(std::string(kExamples) + "\n\nAn output named - is written to standard output.");
  app.callback([&arguments] {
    if (arguments.output.empty() && arguments.emit_c.empty() && !arguments.dry_run &&
        !arguments.check) {
      throw CLI::RequiredError("-o OUT.ockham, --emit-c DIR, --dry-run or --check");
    }
  });
}

std::string values_text(const Graph& graph, const std::vector<ValueId>& ids) {
  std::string text;
  for (const ValueId id : ids) {
    const Value& value = graph.value(id);
    text += (text.empty() ? "" : ", ") + value.name + " " + value.shape.text();
  }
  return text;
}

std::string nodes_text(std::int64_t count) {
  return fmt::format("{} node{}", count, count == 1 ? "" : "s");
}

std::string import_text(const std::filesystem::path& path, const Graph& graph) {
  const NodeCost total = cost(graph).total;
  return fmt::format("{}: can be imported: {}, {} -> {}, {} MACs, {} parameters\n", path.string(),
                     nodes_text(std::ssize(graph.nodes)), values_text(graph, graph.inputs),
                     values_text(graph, graph.outputs), total.macs, total.params);
}

/// A line for each on standard error. What is supported is said once, where it is the same.
void list(const Refusals& refusals, const std::filesystem::path& path) {
  std::set<std::string> said;
  for (std::string text : refusals.texts) {
    const std::size_t end = text.find("; supported: ");
    if (end != std::string::npos && !said.insert(text.substr(end)).second) text.resize(end);
    cli::print_error(fmt::format("{}: {}\n", path.string(), text));
  }
}

/// What to say behind the list of refusals; a single one is not listed.
Error refusal(const std::filesystem::path& path, const Error& error, const Refusals& refusals) {
  const std::size_t count = refusals.texts.size();
  if (count == 0 || !std::string_view(error.what()).ends_with(refusals.texts[0])) return error;
  std::string text = error.what();
  if (count > 1) {
    text = fmt::format("{}: cannot be imported for {} reasons{}, listed above", path.string(),
                       count, count == Refusals::kMost ? " or more" : "");
  }
  if (refusals.unchecked_nodes > 0) {
    text += fmt::format("; of {} behind, only the operator was checked",
                        nodes_text(refusals.unchecked_nodes));
  }
  return {error.status(), text};
}

/// Imports the network only to say whether that can be done, or all that prevents it.
void check(const Arguments& arguments, ImportOptions options, const cli::Console& console) {
  Refusals refusals;
  options.refusals = &refusals;
  try {
    console.print(import_text(arguments.input, import_onnx(arguments.input, options).graph));
  } catch (const Error& error) {
    if (refusals.texts.size() > 1) list(refusals, arguments.input);
    throw refusal(arguments.input, error, refusals);
  }
}

std::string agreement_text(const Agreement& agreement, const std::string& inputs) {
  return fmt::format(
      "verified on {}: before and after, outputs differ by {:.1e} of the largest in double, "
      "{:.1e} in float\n",
      inputs, agreement.in_double, agreement.in_float);
}

/// What the networks are compared on.
std::string verified_on(const Arguments& arguments, const std::optional<SelfTest>& sample) {
  if (!arguments.samples.empty()) return "your sample";
  return sample ? "noise and the file's sample" : "noise";
}

std::string written_text(const std::filesystem::path& path, std::size_t bytes, const Graph& graph) {
  const NodeCost total = cost(graph).total;
  return fmt::format("wrote {}: {} bytes, {} MACs, {} parameters\n", path.string(), bytes,
                     total.macs, total.params);
}

std::size_t bytes_of(const std::vector<std::vector<float>>& tensors) {
  std::size_t bytes = 0;
  for (const std::vector<float>& tensor : tensors) bytes += tensor.size() * sizeof(float);
  return bytes;
}

/// Where a file consists of its self-test above all.
std::string self_test_text(const std::optional<SelfTest>& test, std::size_t file_bytes) {
  const std::size_t bytes = test ? bytes_of(test->inputs) + bytes_of(test->outputs) : 0;
  if (bytes <= file_bytes / 2) return "";
  return fmt::format("{} bytes of it are the self-test: inputs of {} image{}, and the answers\n",
                     bytes, test->batch, test->batch == 1 ? "" : "s");
}

/// What the model file and the compact ONNX file say about the network beside its graph.
TrainingRecord completed(TrainingRecord record, const Arguments& arguments,
                         const Explanation& explanation, const SelfTest& self_test) {
  add_history(explanation, arguments.input.filename().string(), record.provenance);
  record.sample = self_test;
  return record;
}

/// The metadata of the file that was read, ours renewed.
std::map<std::string, std::string> renewed(std::map<std::string, std::string> metadata,
                                           const TrainingRecord& record) {
  for (auto& [key, text] : to_metadata(record)) metadata.insert_or_assign(key, text);
  return metadata;
}

/// The files of --emit-c.
struct EmittedFiles {
  std::filesystem::path source, header;
};

std::string wanted_name(const Arguments& arguments) {
  const bool is_named = !arguments.output.empty() && !named_descriptor(arguments.output);
  return (is_named ? arguments.output : arguments.input).stem().string();
}

EmittedFiles emitted_files(const Arguments& arguments) {
  if (arguments.emit_c.empty()) return {};
  const std::filesystem::path path = arguments.emit_c / emitted_name(wanted_name(arguments));
  return {path.string() + ".c", path.string() + ".h"};
}

void write_c(const Arguments& arguments, const ModelContents& contents,
             const cli::Console& console) {
  const EmittedC emitted = emit_c(wanted_name(arguments), contents);
  const EmittedFiles files = emitted_files(arguments);
  write_file(files.header, emitted.header);
  write_file(files.source, emitted.source);
  console.print(written_text(files.source, emitted.source.size(), contents.graph));
}

void write(const Arguments& arguments, const Graph& graph, const TrainingRecord& record,
           const std::map<std::string, std::string>& metadata, const cli::Console& console) {
  const ModelContents contents = {.graph = graph,
                                  .preprocessing = record.preprocessing,
                                  .self_test = record.sample,
                                  .provenance = record.provenance};
  if (!arguments.output.empty()) {
    const std::size_t model_bytes = write_model(arguments.output, contents);
    console.print(written_text(arguments.output, model_bytes, graph));
    console.print(self_test_text(record.sample, model_bytes));
  }
  if (!arguments.onnx.empty()) {
    const std::size_t onnx_bytes = export_onnx(arguments.onnx, {graph, renewed(metadata, record)});
    console.print(written_text(arguments.onnx, onnx_bytes, graph));
  }
  if (!arguments.emit_c.empty()) write_c(arguments, contents, console);
}

/// The proof. On a terminal there is a bar once a second has passed since the program `started`.
Proof prove_with_bar(const Graph& network, const Compacted& compacted,
                     const std::optional<SelfTest>& sample, const Arguments& arguments,
                     Clock::time_point started) {
  const bool noise_too = arguments.samples.empty();
  const std::int64_t total = verification_work(network, compacted.graph, sample, noise_too);
  const std::chrono::duration<double> passed = Clock::now() - started;
  cli::Progress bar("verifying", kProgressSteps, arguments.quiet || isatty(STDERR_FILENO) == 0,
                    kSecondsWithoutBar - passed.count());
  double done = 0.0;
  const auto work = [&](std::int64_t amount) {
    done += static_cast<double>(amount);
    bar.update(std::llround(done / static_cast<double>(total) * kProgressSteps));
  };
  return prove(network, compacted, sample, arguments.seed, noise_too, work);
}

std::vector<cli::FileArgument> named(const std::string& name,
                                     const std::vector<std::filesystem::path>& files) {
  std::vector<cli::FileArgument> all;
  all.reserve(files.size());
  for (const std::filesystem::path& file : files) all.push_back({name, file});
  return all;
}

/// import -> analyse, plan, compact (`convert`) -> verify -> write.
void run(const Arguments& arguments) {
  const Clock::time_point started = Clock::now();
  std::vector<cli::FileArgument> inputs = sample_files(arguments.samples);
  inputs.push_back({"the network", arguments.input});
  const EmittedFiles emitted = emitted_files(arguments);
  const std::vector<cli::FileArgument> outputs = {
      {"--output", arguments.output}, {"--onnx", arguments.onnx},   {"--json", arguments.json},
      {"--dot", arguments.dot},       {"--emit-c", emitted.source}, {"--emit-c", emitted.header}};
  cli::check_outputs(inputs, outputs);
  const cli::Console console(arguments.quiet,
                             {arguments.output, arguments.onnx, arguments.json, arguments.dot});
  const ImportOptions options = {.max_memory = arguments.max_memory,
                                 .shapes = parse_shapes(arguments.shapes)};
  if (arguments.check) return check(arguments, options, console);
  const OnnxModel source = import_onnx(arguments.input, options);
  cli::check_outputs(named("the network's data", source.external_files), outputs);

  const auto [masked, plan, explanation, compacted] = convert(source.graph);
  TrainingRecord record = from_metadata(source.metadata, source.graph);
  if (!arguments.samples.empty()) {
    record.sample = read_sample(arguments.samples, source.graph, record.preprocessing);
  }
  console.print(explanation.text());
  const auto [self_test, agreement] =
      prove_with_bar(source.graph, compacted, record.sample, arguments, started);
  console.print(agreement_text(agreement, verified_on(arguments, record.sample)));
  if (!arguments.json.empty()) write_file(arguments.json, plan_json(masked, plan, explanation));
  if (!arguments.dot.empty()) {
    write_file(arguments.dot, plan_dot(masked, plan, explanation, compacted.graph));
  }
  if (arguments.dry_run) return;

  write(arguments, compacted.graph, completed(record, arguments, explanation, self_test),
        source.metadata, console);
}

}  // namespace
}  // namespace ockham::converters

// NOLINTNEXTLINE(bugprone-exception-escape): only options that are put together wrongly throw here
int main(int argc, char** argv) {
  using namespace ockham;
  CLI::App app("Removes what a network does not need, exactly, and writes a model file");
  converters::Arguments arguments;
  converters::add_options(app, arguments);
  return cli::run_program(app, argc, argv, [&] { converters::run(arguments); });
}
