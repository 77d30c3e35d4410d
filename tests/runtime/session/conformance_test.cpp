// Every operator case on every executor of the runtime, against the reference executor in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <ostream>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/plan/fuse.h"
#include "runtime/plan/kernel_choice.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

constexpr std::int64_t kMaxBatch = 3;

struct Executor {
  const char* name;
  std::function<Arrays(const Graph&, std::int64_t batch, const Arrays&)> run;
  Precision precision = Precision::kFloat32;
};

std::ostream& operator<<(std::ostream& out, const Executor& executor) {
  return out << executor.name;
}

Executor session_executor(const char* name, const SessionOptions& options) {
  return {name,
          [=](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
            SessionOptions with_batch = options;
            with_batch.max_batch = kMaxBatch;
            Session session(model_of(graph), with_batch);
            return run(session, batch, inputs);
          },
          options.precision};
}

/// On arrays in NHWC.
Executor channels_last_executor() {
  return {"cpu_channels_last", [](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
            Session session(model_of(graph),
                            {.max_batch = kMaxBatch,
                             .input_formats = channels_last_formats(graph, graph.inputs),
                             .output_formats = channels_last_formats(graph, graph.outputs)});
            Arrays arrays;
            for (std::size_t i = 0; i < inputs.size(); ++i) {
              arrays.push_back(to_channels_last(inputs[i], graph.value(graph.inputs[i]).shape));
            }
            Arrays outputs = run(session, batch, arrays);
            for (std::size_t i = 0; i < outputs.size(); ++i) {
              outputs[i] = to_row_major(outputs[i], graph.value(graph.outputs[i]).shape);
            }
            return outputs;
          }};
}

/// Each node on the kernel at this place of those that can run it, or on the last.
Executor alternative_executor(const char* name, std::size_t place,
                              Precision precision = Precision::kFloat32) {
  return {name,
          [=](const Graph& graph, std::int64_t batch, const Arrays& inputs) {
            const Candidates candidates = cpu::all_kernels();
            PlanRequest request{.graph = graph, .max_batch = kMaxBatch, .precision = precision};
            for (std::size_t id = 0; id < graph.nodes.size(); ++id) {
              const PlanStep step = step_of(graph, static_cast<NodeId>(id));
              const auto found = alternatives(request, candidates, step);
              const Candidate& candidate = *found[std::min(place, found.size() - 1)];
              request.choices.by_node[step.name] = {candidate.name, "to be tried"};
            }
            PackedWeights weights;
            const auto executor = cpu::make_executor(request, candidates, weights);
            RunArrays arrays(graph, batch, inputs);
            const Status status = executor->run(batch, arrays.reads, arrays.writes, {});
            if (status != Status::kOk) throw Error(status, executor->failure());
            return arrays.outputs;
          },
          precision};
}

std::vector<Executor> executors() {
  return {{"reference", run_reference<float>},
          alternative_executor("cpu_alternative_1", 0),
          alternative_executor("cpu_alternative_2", 1),
          alternative_executor("cpu_alternative_3", 2),
          alternative_executor("cpu_bf16_alternative_1", 0, Precision::kBfloat16),
          alternative_executor("cpu_bf16_alternative_2", 1, Precision::kBfloat16),
          alternative_executor("cpu_bf16_alternative_3", 2, Precision::kBfloat16),
          session_executor("cpu", {}),
          session_executor("cpu_exact", {.kernels = Kernels::kExact}),
          session_executor("cpu_two_threads", {.threads = 2}),
          channels_last_executor(),
          session_executor("cpu_bf16", {.precision = Precision::kBfloat16}),
          session_executor("cpu_reference_kernels", {.kernels = Kernels::kReference})};
}

using Parameters = std::tuple<Executor, OperatorCase, std::int64_t>;

class Conformance : public testing::TestWithParam<Parameters> {};

TEST_P(Conformance, AgreesWithTheReferenceInDouble) {
  const auto& [executor, problem, batch] = GetParam();
  const Arrays inputs = random_inputs(problem.graph, batch);
  const auto expected = run_reference<double>(problem.graph, batch, inputs);
  const Arrays found = executor.run(problem.graph, batch, inputs);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].size(), expected[i].size());
    EXPECT_LE(relative_difference(found[i], expected[i]), tolerance_of(executor.precision))
        << "output " << i;
  }
}

/// Whether a layer takes ReLU in, after which minus infinity may be 0 or not a number.
bool has_layer_with_relu(const Graph& graph) {
  return std::ranges::any_of(fuse({.graph = graph}, cpu::all_kernels()), [&](const PlanStep& step) {
    const Node& node = computing_node(graph, step);
    return is_layer(node.op) && fused_activation(graph, step) != nullptr;
  });
}

bool agrees(float found, float expected, float tolerance) {
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  return found == expected || std::fabs(found - expected) <= tolerance;
}

TEST_P(Conformance, KeepsWhatIsNotFinite) {
  const auto& [executor, problem, batch] = GetParam();
  const auto tolerance = static_cast<float>(10.0 * tolerance_of(executor.precision));
  for (const float with : kNotFinite) {
    SCOPED_TRACE(with);
    const bool lenient = !std::isnan(with) && has_layer_with_relu(problem.graph);
    const Arrays inputs = spoilt_inputs(problem.graph, batch, with);
    const Arrays expected = run_reference<float>(problem.graph, batch, inputs);
    const Arrays found = executor.run(problem.graph, batch, inputs);
    for (std::size_t i = 0; i < found.size(); ++i) {
      float largest = 0.0f;
      for (const float x : expected[i]) {
        if (std::isfinite(x)) largest = std::max(largest, std::fabs(x));
      }
      for (std::size_t k = 0; k < found[i].size(); ++k) {
        if (lenient && std::isnan(found[i][k])) continue;
        ASSERT_TRUE(agrees(found[i][k], expected[i][k], tolerance * largest))
            << "output " << i << " element " << k << ": " << found[i][k] << ", expected "
            << expected[i][k];
      }
    }
  }
}

// Their layers are too small to run in bfloat16 by rule.
TEST(Bfloat16Networks, OfRandomShapeAgreeWithTheReference) {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE(seed);
    const Graph graph = tests::random_network(seed);
    const Arrays inputs = random_inputs(graph, kMaxBatch);
    const auto expected = run_reference<double>(graph, kMaxBatch, inputs);
    for (std::size_t place = 0; place < 2; ++place) {
      const Executor executor = alternative_executor("", place, Precision::kBfloat16);
      const Arrays found = executor.run(graph, kMaxBatch, inputs);
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_LE(relative_difference(found[i], expected[i]),
                  10.0 * tolerance_of(Precision::kBfloat16));
      }
    }
  }
}

// Naive loops are for comparing with, and for operators that are new.
TEST(AutomaticKernels, AreNeverTheReference) {
  for (const OperatorCase& problem : operator_cases()) {
    for (const Kernels kernels : {Kernels::kAuto, Kernels::kExact}) {
      const Session session(model_of(problem.graph), {.kernels = kernels});
      for (const PlanStep& step : session.plan().steps) {
        EXPECT_NE(step.kernel, "reference") << problem.name << ", step " << step.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Conformance,
                         testing::Combine(testing::ValuesIn(executors()),
                                          testing::ValuesIn(operator_cases()),
                                          testing::Values(1, kMaxBatch)),
                         [](const testing::TestParamInfo<Parameters>& test) {
                           return std::string(std::get<0>(test.param).name) + "_" +
                                  std::get<1>(test.param).name + "_batch" +
                                  std::to_string(std::get<2>(test.param));
                         });

}  // namespace
}  // namespace ockham
