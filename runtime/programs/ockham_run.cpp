// ockham-run: runs a model on files, on made-up input, or over a labelled test set.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/file_arguments.h"
#include "cli/option_values.h"
#include "cli/program.h"
#include "cli/session_options.h"
#include "cli/standard_streams.h"
#include "datasets/array_files.h"
#include "datasets/datasets.h"
#include "datasets/npy.h"
#include "datasets/preprocessing.h"
#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"
#include "runtime/plan/execution_plan.h"
#include "runtime/programs/accuracy.h"
#include "runtime/programs/arrays.h"
#include "runtime/programs/profile.h"
#include "runtime/session/session.h"

namespace ockham::programs {
namespace {

/// Images per run when --batch does not say: enough to keep a machine busy.
constexpr std::int64_t kDefaultBatch = 64;

constexpr double kProfileSeconds = 1.0;

constexpr const char* kExamples =
    "Examples:\n"
    "  ockham-run lenet5.ockham --input digits.npy --output scores.npy\n"
    "  ockham-run lenet5.ockham --data mnist --data-dir ~/data --json\n"
    "  ockham-run lenet5.ockham --random --explain\n"
    "  ockham-run lenet5.ockham --random --profile";

struct Arguments {
  std::string model;
  std::vector<std::string> inputs, outputs;
  bool random = false;
  std::uint64_t seed = 1;
  std::string data;
  std::filesystem::path data_dir;
  std::optional<std::string> normalize;
  std::optional<std::int64_t> batch;
  SessionOptions session;
  bool profile = false;
  std::filesystem::path profile_csv, profile_trace;
  bool reference = false, exact = false, explain = false, json = false, quiet = false;
};

bool wants_profile(const Arguments& arguments) {
  return arguments.profile || !arguments.profile_csv.empty() || !arguments.profile_trace.empty();
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("model", arguments.model, "Model file (.ockham)")->required();
  auto* input =
      app.add_option("--input", arguments.inputs,
                     "Run on a .npy file, NAME=FILE for each of several inputs; uint8 prepared as "
                     "the model says, other numbers as they are");
  auto* output = app.add_option("--output", arguments.outputs,
                                "Write a .npy file, NAME=FILE for each of several outputs");
  auto* random = app.add_flag("--random", arguments.random, "Run on made-up input");
  auto* data = app.add_option("--data", arguments.data,
                              "Count what is right over a test set: a known one, or a folder of "
                              "images of your own (docs/datasets.md)")
                   ->check(cli::name_or_folder(datasets::names()));
  input->type_name("[NAME=]FILE")->allow_extra_args(false)->excludes(random)->excludes(data);
  output->type_name("[NAME=]FILE")->allow_extra_args(false)->excludes(data);
  random->excludes(data);
  app.add_option("--seed", arguments.seed, "Seed of --random")
      ->check(cli::seed())
      ->capture_default_str();
  app.add_option("--data-dir", arguments.data_dir, "Folder of data sets, looked into first")
      ->needs(data);
  app.add_option("--normalize", arguments.normalize,
                 "Prepare input as (byte * SCALE - MEAN) / DEVIATION, not as the model says; "
                 "one MEAN and DEVIATION, or one per channel: M:M:M")
      ->type_name("SCALE,MEAN,DEVIATION")
      ->excludes(random);
  app.add_option("--batch", arguments.batch,
                 "Images per run (default: 1 with --random, otherwise up to 64)")
      ->check(cli::batch_size());
  cli::add_session_options(app, arguments.session);
  auto* reference =
      app.add_flag("--reference", arguments.reference, "Naive kernels only: slow, to compare with");
  app.add_flag("--exact", arguments.exact,
               "No Winograd kernels, which save multiplications but round differently; on cpu only")
      ->excludes(reference);
  auto* explain = app.add_flag("--explain", arguments.explain,
                               "Print the plan: each step, its kernel, and why");
  app.add_flag("--profile", arguments.profile,
               "Measure each step on the first batch of --random or --input, and print a table")
      ->excludes(data);
  app.add_option("--profile-csv", arguments.profile_csv, "Write the profile as CSV")
      ->excludes(data);
  app.add_option("--profile-trace", arguments.profile_trace,
                 "Write the profile for chrome://tracing or ui.perfetto.dev")
      ->excludes(data);
  app.add_flag("--json", arguments.json, "Print the result of --data as JSON")
      ->needs(data)
      ->excludes(explain);
  app.add_flag("--quiet", arguments.quiet, "No progress and no summary");
  app.footer(kExamples);
  app.callback([&arguments] {
    const bool has_work = !arguments.inputs.empty() || arguments.random ||
                          !arguments.data.empty() || arguments.explain;
    if (!has_work) {
      throw CLI::RequiredError("something to run on: --input, --random or --data, or --explain");
    }
    if (wants_profile(arguments) && !arguments.random && arguments.inputs.empty()) {
      throw CLI::RequiredError("--profile: --input or --random, to run on");
    }
  });
}

SessionOptions session_options(const Arguments& arguments, std::int64_t max_batch) {
  SessionOptions options = arguments.session;
  options.max_batch = max_batch;
  options.kernels = arguments.reference ? Kernels::kReference
                    : arguments.exact   ? Kernels::kExact
                                        : Kernels::kAuto;
  return options;
}

/// What --explain prints.
std::string plan_text(const Session& session) {
  return session.plan().text(session.model().graph()) + "packed weights of " +
         std::to_string(session.memory().packed) + " bytes\n";
}

/// The plan's notes, which are part of what --explain prints.
void print_notes(const Arguments& arguments, const Session& session) {
  if (arguments.quiet || arguments.explain) return;
  for (const std::string& note : session.plan().notes) cli::print_error(note + "\n");
}

InputPreprocessing choose_preprocessing(const Arguments& arguments, const ModelContents& contents) {
  if (arguments.normalize) return datasets::parse_normalize(*arguments.normalize);
  if (!contents.preprocessing.empty()) return contents.preprocessing.front();
  return datasets::default_preprocessing(arguments.data);
}

std::string accuracy_text(const Accuracy& accuracy, bool as_json) {
  if (as_json) {
    const nlohmann::ordered_json json = {{"images", accuracy.images},
                                         {"correct", accuracy.correct},
                                         {"error_percent", accuracy.error_percent()}};
    return json.dump() + "\n";
  }
  return fmt::format("{} images, {} correct: {:.2f} % error\n", accuracy.images, accuracy.correct,
                     accuracy.error_percent());
}

void run_data_set(const Arguments& arguments, const std::shared_ptr<const Model>& model) {
  const datasets::ImageSet images =
      datasets::load(arguments.data, datasets::Split::kTest, arguments.data_dir,
                     datasets::image_of(model->graph().value(model->graph().inputs[0]).shape));
  check_classifier(model->graph(), images);
  const InputPreprocessing preprocessing = datasets::spread_over_channels(
      choose_preprocessing(arguments, model->contents()), images.channels);

  Session session(model, session_options(arguments, arguments.batch.value_or(kDefaultBatch)));
  if (arguments.explain) cli::print(plan_text(session));
  print_notes(arguments, session);
  cli::Progress progress("images", images.count, arguments.quiet || arguments.json);
  const Accuracy accuracy = measure_accuracy(session, images, preprocessing,
                                             [&](std::int64_t done) { progress.update(done); });
  cli::print(accuracy_text(accuracy, arguments.json));
}

/// Pictures in bytes are prepared as the model says; --normalize prepares whatever there is.
void prepare_input(Array& array, const Arguments& arguments, const ModelContents& contents,
                   std::size_t input) {
  if (arguments.normalize) {
    datasets::prepare(array, datasets::parse_normalize(*arguments.normalize));
  } else if (array.from_bytes && !contents.preprocessing.empty()) {
    datasets::prepare(array, contents.preprocessing[input]);
  }
}

std::vector<Array> make_inputs(const Arguments& arguments, const std::vector<std::string>& files,
                               const ModelContents& contents) {
  const Graph& graph = contents.graph;
  if (arguments.random) return random_inputs(graph, arguments.batch.value_or(1), arguments.seed);
  std::vector<Array> inputs = datasets::read_inputs(files, graph);
  for (std::size_t i = 0; i < inputs.size(); ++i) prepare_input(inputs[i], arguments, contents, i);
  return inputs;
}

std::string summaries(const Graph& graph, const std::vector<Array>& inputs,
                      const std::vector<Array>& outputs) {
  std::string text;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    text += summary("input", graph.value(graph.inputs[i]).name, inputs[i]) + "\n";
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    text += summary("output", graph.value(graph.outputs[i]).name, outputs[i]) + "\n";
  }
  return text;
}

/// The files that the options name, told apart before any is read or written.
struct Files {
  std::vector<std::string> inputs, outputs;
};

Files assign_all(const Arguments& arguments, const Graph& graph) {
  Files files;
  if (!arguments.inputs.empty()) {
    files.inputs = datasets::assign_files(arguments.inputs, graph, graph.inputs, "input");
  }
  if (!arguments.outputs.empty()) {
    files.outputs = datasets::assign_files(arguments.outputs, graph, graph.outputs, "output");
  }
  std::vector<cli::FileArgument> read = {{"the model", arguments.model}};
  for (const std::string& file : files.inputs) read.push_back({"--input", file});
  std::vector<cli::FileArgument> written = {{"--profile-csv", arguments.profile_csv},
                                            {"--profile-trace", arguments.profile_trace}};
  for (const std::string& file : files.outputs) written.push_back({"--output", file});
  cli::check_outputs(read, written);
  return files;
}

cli::Console console_of(const Arguments& arguments, const Files& files) {
  std::vector<std::filesystem::path> outputs(files.outputs.begin(), files.outputs.end());
  outputs.push_back(arguments.profile_csv);
  outputs.push_back(arguments.profile_trace);
  return {false, outputs};
}

void profile(const Arguments& arguments, const cli::Console& console, Session& session,
             const std::vector<Array>& inputs) {
  const Profile measured = measure_profile(session, inputs, kProfileSeconds);
  if (arguments.profile) console.print(profile_text(measured));
  if (!arguments.profile_csv.empty()) write_file(arguments.profile_csv, profile_csv(measured));
  if (!arguments.profile_trace.empty()) {
    write_file(arguments.profile_trace, profile_trace(measured));
  }
}

void run_arrays(const Arguments& arguments, const std::shared_ptr<const Model>& model) {
  const Graph& graph = model->graph();
  const Files files = assign_all(arguments, graph);
  const cli::Console console = console_of(arguments, files);
  const std::vector<Array> inputs = make_inputs(arguments, files.inputs, model->contents());
  const std::int64_t images = inputs.front().shape[0];

  Session session(
      model, session_options(arguments, std::min(images, arguments.batch.value_or(kDefaultBatch))));
  if (arguments.explain) console.print(plan_text(session));
  print_notes(arguments, session);
  const std::vector<Array> outputs = run_all(session, inputs);
  for (std::size_t i = 0; i < files.outputs.size(); ++i) {
    datasets::write_npy(files.outputs[i], outputs[i]);
  }
  if (!arguments.quiet) console.print(summaries(graph, inputs, outputs));
  if (wants_profile(arguments)) profile(arguments, console, session, inputs);
}

void run(const Arguments& arguments) {
  const std::shared_ptr<const Model> model = Model::load(arguments.model);
  if (!arguments.data.empty()) {
    run_data_set(arguments, model);
  } else if (arguments.random || !arguments.inputs.empty()) {
    run_arrays(arguments, model);
  } else {
    cli::print(plan_text(Session(model, session_options(arguments, arguments.batch.value_or(1)))));
  }
}

}  // namespace
}  // namespace ockham::programs

// NOLINTNEXTLINE(bugprone-exception-escape): only options that are put together wrongly throw here
int main(int argc, char** argv) {
  CLI::App app("Runs a model on files, on made-up input, or over a test set.", "ockham-run");
  ockham::programs::Arguments arguments;
  ockham::programs::add_options(app, arguments);
  return ockham::cli::run_program(app, argc, argv,
                                  [&arguments] { ockham::programs::run(arguments); });
}
