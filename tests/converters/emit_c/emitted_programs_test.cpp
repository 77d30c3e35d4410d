// Operator cases and networks as C, compiled in several ways, against the reference executor.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "runtime/graph/difference.h"
#include "runtime/reference/reference.h"
#include "tests/cases/temporary_folder.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/emit_c/emitted_program.h"

namespace ockham::tests {
namespace {

constexpr double kTolerance = 1e-5;
constexpr double kToleranceBesideNotFinite = 1e-4;

/// Several inputs and outputs, whose names are no names in C, and an output that is an input.
Graph oddly_named_network() {
  NetworkBuilder net(1);
  const ValueId a = net.input("class", {Shape::kBatch, 4, 6, 6});
  const ValueId b = net.input("x.1/*", {Shape::kBatch, 4, 6, 6});
  const ValueId c = net.conv("*/ int main(", a, 6, {.pad = 1});
  const ValueId d = net.conv("\"\n\\", b, 6, {.pad = 1});
  const ValueId sum = net.relu("workspace", net.add("X_1__", c, d));
  const ValueId flat = net.flatten("\xc3\xa9", sum);
  return net.build({sum, flat, net.linear("class?", flat, 3), a});
}

std::vector<Graph> networks() {
  std::vector<Graph> all;
  for (OperatorCase& problem : operator_cases()) all.push_back(std::move(problem.graph));
  all.push_back(oddly_named_network());
  all.push_back(lenet5(1));
  all.push_back(thinned_vgg(1));
  all.push_back(residual_network(1));
  for (std::uint64_t seed = 0; seed < 10; ++seed) all.push_back(random_network(seed));
  return all;
}

/// One image of numbers, and three spoilt by what is not finite.
const std::vector<EmittedRun>& all_runs() {
  static const std::vector<EmittedRun> all = [] {
    std::vector<EmittedRun> made;
    for (Graph& graph : networks()) {
      std::vector<Arrays> images = {random_inputs(graph, 1)};
      for (const float with : kNotFinite) images.push_back(spoilt_inputs(graph, 1, with));
      made.push_back({std::move(graph), std::move(images)});
    }
    return made;
  }();
  return all;
}

/// Every third, from `first` on: compilers take long.
std::vector<EmittedRun> some_runs(std::size_t first) {
  std::vector<EmittedRun> some;
  for (std::size_t i = first; i < all_runs().size(); i += 3) some.push_back(all_runs()[i]);
  return some;
}

template <class T>
std::vector<std::vector<T>> run_reference(const Graph& graph, const Arrays& inputs) {
  std::vector<reference::Tensor<T>> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tensors.push_back(
        {graph.value(graph.inputs[i]).shape.with_batch(1), {inputs[i].begin(), inputs[i].end()}});
  }
  std::vector<std::vector<T>> outputs;
  for (auto& output : reference::run<T>(graph, tensors)) outputs.push_back(std::move(output.data));
  return outputs;
}

/// What is finite is judged by the reference in double, what is not by that in float.
void expect_right(const EmittedRun& run, const std::vector<Arrays>& found) {
  SCOPED_TRACE(run.graph.name);
  for (std::size_t image = 0; image < run.images.size(); ++image) {
    SCOPED_TRACE(image);
    const bool is_finite = image == 0;
    const auto exact = run_reference<double>(run.graph, run.images[image]);
    const Arrays rounded = run_reference<float>(run.graph, run.images[image]);
    for (std::size_t i = 0; i < rounded.size(); ++i) {
      const double apart = is_finite ? relative_difference(found[image][i], exact[i])
                                     : relative_difference(found[image][i], rounded[i]);
      EXPECT_LE(apart, is_finite ? kTolerance : kToleranceBesideNotFinite) << "output " << i;
    }
  }
}

void expect_right(const std::vector<EmittedRun>& runs, const std::string& compiler,
                  const std::string& launcher = "") {
  const TemporaryFolder folder;
  const EmittedProgram program(folder.path(), runs);
  ASSERT_EQ(program.compile(compiler), "");
  const auto found = program.run(launcher);
  for (std::size_t i = 0; i < runs.size(); ++i) expect_right(runs[i], found[i]);
}

TEST(EmittedPrograms, AreRightWithVectors) {
  expect_right(all_runs(), OCKHAM_CC " -O3 -march=native -ffp-contract=fast");
}

TEST(EmittedPrograms, AreRightWhenSmall) { expect_right(some_runs(0), OCKHAM_CC " -Os"); }

TEST(EmittedPrograms, HaveNoUndefinedBehaviour) {
  expect_right(some_runs(1),
               OCKHAM_CC " -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all");
}

TEST(EmittedPrograms, AreRightOnAarch64) {
  if (std::string(OCKHAM_AARCH64_CC).empty()) GTEST_SKIP() << "aarch64-linux-gnu-gcc is missing";
  if (std::string(OCKHAM_QEMU_AARCH64).empty()) GTEST_SKIP() << "qemu-aarch64 is missing";
  expect_right(some_runs(2), OCKHAM_AARCH64_CC " -O2 -static", OCKHAM_QEMU_AARCH64);
}

TEST(EmittedPrograms, CompileForCortexM) {
  if (std::string(OCKHAM_CORTEX_M_CC).empty()) GTEST_SKIP() << "arm-none-eabi-gcc is missing";
  const TemporaryFolder folder;
  const EmittedProgram program(folder.path(), some_runs(0));
  EXPECT_EQ(program.compile_only(OCKHAM_CORTEX_M_CC
                                 " -Os -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard"),
            "");
}

}  // namespace
}  // namespace ockham::tests
