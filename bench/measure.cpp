#include "bench/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "bench/subject.h"
#include "bench/text.h"
#include "runtime/graph/cost.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// A turn is short against what disturbs a machine, long against what changing networks costs.
constexpr Seconds kTurn{0.010};

/// A network with the figures gathered so far.
struct Contestant {
  std::shared_ptr<const Model> model;
  std::unique_ptr<Subject> subject;
  RightAnswers right;
  NetworkMeasurement figures;
  std::vector<std::vector<double>> step_samples_us;  ///< one vector per step
  std::vector<double> device_samples_us;
};

using Contestants = std::vector<Contestant>;

NetworkMeasurement describe(const std::filesystem::path& path, const Model& model) {
  const GraphCost graph_cost = cost(model.graph());
  NetworkMeasurement figures;
  figures.model = path.string();
  figures.macs = graph_cost.total.macs;
  figures.params = graph_cost.total.params;
  figures.file_bytes = model.file_bytes();
  figures.graph = model.graph();
  figures.provenance = model.contents().provenance;
  return figures;
}

std::unique_ptr<Subject> make_subject(const std::shared_ptr<const Model>& model,
                                      const SessionOptions& session,
                                      const MeasureOptions& options) {
  auto subject = std::make_unique<Subject>(std::make_unique<Session>(model, session));
  for (const std::string& note : subject->session().plan().notes) options.note(note);
  return subject;
}

/// Loads and prepares in this process, where the timing happens.
Contestant prepare(const std::filesystem::path& path, const Loading& loading,
                   const MeasureOptions& options) {
  Contestant contestant;
  contestant.model = Model::load(path);
  contestant.figures = describe(path, *contestant.model);
  contestant.figures.loading = loading;
  contestant.subject = make_subject(contestant.model, options.session, options);
  contestant.figures.precision = contestant.subject->session().plan().precision;
  contestant.figures.memory = contestant.subject->session().memory();
  contestant.step_samples_us.resize(contestant.subject->session().plan().steps.size());
  return contestant;
}

std::int64_t largest_batch(const MeasureOptions& options) {
  std::int64_t largest = options.session.max_batch;
  for (const std::int64_t batch : options.more_batches) largest = std::max(largest, batch);
  return largest;
}

std::vector<Shape> shapes_of(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<Shape> shapes;
  shapes.reserve(ids.size());
  for (const ValueId id : ids) shapes.push_back(graph.value(id).shape);
  return shapes;
}

std::string text_of(const std::vector<Shape>& shapes) {
  std::string text;
  for (const Shape& shape : shapes) text += (text.empty() ? "" : ", ") + shape.text();
  return text;
}

void expect_same(const std::vector<Shape>& network, const std::vector<Shape>& baseline,
                 const char* what) {
  if (network == baseline) return;
  throw Error(Status::kInvalidArgument,
              fmt::format("the baseline has {} {}, the model has {}; give as baseline the dense "
                          "network that the model was pruned from",
                          what, text_of(baseline), text_of(network)));
}

void expect_comparable(const Graph& network, const Graph& baseline) {
  expect_same(shapes_of(network, network.inputs), shapes_of(baseline, baseline.inputs), "inputs");
  expect_same(shapes_of(network, network.outputs), shapes_of(baseline, baseline.outputs),
              "outputs");
}

/// Runs in turns until `total` has passed. The first run of a turn finds the caches full of the
/// other network, so it is not kept; each turn keeps at least one.
template <class RunAndDiscard, class RunAndKeep>
void take_turns(Contestants& contestants, Seconds total, RunAndDiscard discard, RunAndKeep keep) {
  const auto end = Clock::now() + total;
  do {
    for (Contestant& contestant : contestants) {
      const auto turn_end = Clock::now() + kTurn;
      discard(contestant);
      do keep(contestant);
      while (Clock::now() < turn_end);
    }
  } while (Clock::now() < end);
}

void time_runs(Contestants& contestants, Seconds total) {
  const auto run = [](Contestant& c) { c.subject->run(); };
  take_turns(contestants, total, run,
             [](Contestant& c) { c.figures.samples_us.push_back(c.subject->timed_run()); });
  for (Contestant& c : contestants) c.figures.latency = summarize(c.figures.samples_us);
}

void warm_up(Contestants& contestants, Seconds total) {
  const auto run = [](Contestant& c) { c.subject->run(); };
  take_turns(contestants, total / 10, run, run);
}

void time_device(Contestants& contestants, Seconds total) {
  take_turns(
      contestants, total, [](Contestant& c) { c.subject->device_runs(); },
      [](Contestant& c) {
        const std::vector<double> runs = c.subject->device_runs();
        c.device_samples_us.insert(c.device_samples_us.end(), runs.begin(), runs.end());
      });
}

/// What the contestants' runs, which have been timed, say of their batch.
std::vector<BatchMeasurement> batch_figures(Contestants& contestants,
                                            const MeasureOptions& options) {
  const bool has_device = options.session.device != Device::kCpu;
  if (has_device) time_device(contestants, Seconds(options.seconds / 3));
  std::vector<BatchMeasurement> batches;
  for (const Contestant& c : contestants) {
    batches.push_back({.batch = c.subject->batch(),
                       .run = c.figures.latency,
                       .answer_error = c.figures.answer_error,
                       .memory = c.subject->session().memory()});
    if (has_device) batches.back().device = summarize(c.device_samples_us);
  }
  return batches;
}

/// The same networks with sessions for another batch: checked and timed.
std::vector<BatchMeasurement> time_batch(const Contestants& contestants, std::int64_t batch,
                                         const MeasureOptions& options) {
  SessionOptions session = options.session;
  session.max_batch = batch;
  Contestants others;
  for (const Contestant& c : contestants) {
    others.push_back({.model = c.model, .subject = make_subject(c.model, session, options)});
    Contestant& other = others.back();
    other.figures.answer_error = other.subject->check(c.right);
  }
  warm_up(others, Seconds(options.seconds));
  time_runs(others, Seconds(options.seconds));
  return batch_figures(others, options);
}

void time_batches(Contestants& contestants, const MeasureOptions& options) {
  if (options.more_batches.empty() && options.session.device == Device::kCpu) return;
  const auto keep = [&](std::vector<BatchMeasurement> figures) {
    for (std::size_t i = 0; i < figures.size(); ++i) {
      contestants[i].figures.batches.push_back(figures[i]);
    }
  };
  keep(batch_figures(contestants, options));
  for (const std::int64_t batch : options.more_batches) {
    options.announce(fmt::format("timing batches of {}", batch));
    keep(time_batch(contestants, batch, options));
  }
}

void profile_layers(Contestants& contestants, Seconds total) {
  const auto run = [](Contestant& c) { c.subject->profiled_run(); };
  take_turns(contestants, total, run, [](Contestant& c) {
    const std::vector<double> steps = c.subject->profiled_run();
    for (std::size_t i = 0; i < steps.size(); ++i) c.step_samples_us[i].push_back(steps[i]);
  });
  for (Contestant& c : contestants) {
    const std::vector<PlanStep>& steps = c.subject->session().plan().steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      c.figures.layers.push_back({steps[i].name, steps[i].op, steps[i].kernel, steps[i].macs,
                                  steps[i].params, median(c.step_samples_us[i])});
    }
  }
}

}  // namespace

Measurements measure(const std::filesystem::path& model,
                     const std::optional<std::filesystem::path>& baseline,
                     const MeasureOptions& options) {
  std::vector<std::filesystem::path> paths{model};
  if (baseline) paths.push_back(*baseline);

  options.announce("measuring load and first run");
  std::vector<Loading> loadings;  // all of them before this process starts any thread
  loadings.reserve(paths.size());
  for (const auto& path : paths) loadings.push_back(measure_loading(path, options.session));

  options.announce("checking the answers against the reference");
  Contestants contestants;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    contestants.push_back(prepare(paths[i], loadings[i], options));
    expect_comparable(contestants.front().subject->graph(), contestants[i].subject->graph());
  }
  for (Contestant& c : contestants) {
    c.right = right_answers(c.model->graph(), largest_batch(options), options.oracle);
    c.figures.answer_error = c.subject->check(c.right);
  }

  options.announce("timing");
  const Seconds total(options.seconds);
  warm_up(contestants, total);
  time_runs(contestants, total);

  options.announce("profiling the layers");
  profile_layers(contestants, total / 3);
  time_batches(contestants, options);

  Measurements measurements{std::move(contestants[0].figures), std::nullopt};
  if (baseline) measurements.baseline = std::move(contestants[1].figures);
  return measurements;
}

}  // namespace ockham::bench
