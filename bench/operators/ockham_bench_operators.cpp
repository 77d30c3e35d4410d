// ockham-bench-operators: single operators under Google Benchmark, on the shapes that the tests
// check and on LeNet-5's layers, dense and pruned. A wrong answer is not timed.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/operators/lenet_layers.h"
#include "bench/subject.h"
#include "runtime/graph/cost.h"
#include "runtime/plan/execution_plan.h"
#include "tests/cases/operator_cases.h"

namespace ockham::bench {
namespace {

constexpr std::int64_t kBatches[] = {1, 16};

Subject prepare(const OperatorCase& problem, std::int64_t batch) {
  ModelContents contents;
  contents.graph = problem.graph;
  SessionOptions options;
  options.max_batch = batch;
  return Subject(std::make_unique<Session>(Model::from_contents(std::move(contents)), options));
}

std::string kernels_of(const Session& session) {
  std::string names;
  for (const PlanStep& step : session.plan().steps) {
    names += (names.empty() ? "" : " ") + step.kernel;
  }
  return names;
}

void time_operator(benchmark::State& state, const OperatorCase& problem, std::int64_t batch) {
  try {
    Subject subject = prepare(problem, batch);
    subject.check(right_answers(subject.graph(), batch, reference_answer));
    for ([[maybe_unused]] auto _ : state) subject.run();
    const std::int64_t macs = cost(problem.graph).total.macs * batch;
    if (macs > 0) {
      state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(macs),
                                                   benchmark::Counter::kIsIterationInvariantRate);
    }
    state.SetItemsProcessed(state.iterations() * batch);
    state.SetLabel(kernels_of(subject.session()));
  } catch (const Error& error) {
    state.SkipWithError(error.what());
  }
}

void register_all(const std::vector<OperatorCase>& cases) {
  for (const OperatorCase& problem : cases) {
    for (const std::int64_t batch : kBatches) {
      const std::string name = problem.name + "/batch:" + std::to_string(batch);
      benchmark::RegisterBenchmark(name.c_str(), [problem, batch](benchmark::State& state) {
        time_operator(state, problem, batch);
      });
    }
  }
}

void describe_machine() {
  const Machine machine = this_machine();
  benchmark::AddCustomContext("cpu", machine.cpu);
  benchmark::AddCustomContext("compiler", machine.compiler + ", " + machine.build_type);
  benchmark::AddCustomContext("onednn", machine.onednn);
  benchmark::AddCustomContext("ockham", machine.ockham + ", commit " + machine.commit);
}

}  // namespace
}  // namespace ockham::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  ockham::bench::describe_machine();
  ockham::bench::register_all(ockham::bench::lenet_layers());
  ockham::bench::register_all(ockham::operator_cases());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
