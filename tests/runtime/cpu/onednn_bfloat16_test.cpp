// Where oneDNN runs layers in bfloat16, and what they answer there.
#include <gmock/gmock.h>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/onednn/bfloat16.h"
#include "runtime/cpu/packed_weights.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham::cpu {
namespace {

using dnnl::cpu_isa;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

TEST(OneDnnBfloat16, NeedsInstructionsThatMultiplyIt) {
  for (const cpu_isa set : {cpu_isa::avx512_core_bf16, cpu_isa::avx512_core_fp16,
                            cpu_isa::avx512_core_amx, cpu_isa::avx512_core_amx_fp16}) {
    EXPECT_TRUE(onednn::multiplies_bfloat16(set)) << static_cast<int>(set);
  }
  // The last of these converts it only.
  for (const cpu_isa set : {cpu_isa::sse41, cpu_isa::avx2, cpu_isa::avx512_core,
                            cpu_isa::avx512_core_vnni, cpu_isa::avx2_vnni_2}) {
    EXPECT_FALSE(onednn::multiplies_bfloat16(set)) << static_cast<int>(set);
  }
}

TEST(OneDnnBfloat16, TakesNoNaiveLoops) {
  for (const char* name : {"brgconv:avx512_core_bf16", "brgconv:avx512_core_amx",
                           "jit_bf16:avx512_core", "brgconv_1x1:avx512_core_amx"}) {
    EXPECT_TRUE(onednn::is_fast(name)) << name;
  }
  for (const char* name : {"ref:any", "gemm:ref", "simple:ref", ""}) {
    EXPECT_FALSE(onednn::is_fast(name)) << name;
  }
}

/// Two wide convolutions in a row, a sum and a linear layer.
Graph wide_network() {
  tests::NetworkBuilder net(1);
  const tests::NetworkBuilder::ConvOptions same{.kernel = 3, .pad = 1};
  const ValueId x = net.input("x", {Shape::kBatch, 32, 16, 16});
  const ValueId first = net.relu("relu1", net.conv("conv1", x, 160, same));
  const ValueId second = net.relu("relu2", net.conv("conv2", first, 160, same));
  return net.build(net.linear("fc", net.flatten("flat", net.add("sum", second, first)), 200));
}

bool multiplies_here() { return onednn::multiplies_bfloat16(dnnl::get_effective_cpu_isa()); }

TEST(OneDnnBfloat16, IsNotChosenWhereTheProcessorLacksIt) {
  if (multiplies_here()) GTEST_SKIP() << "this processor multiplies bfloat16";
  const Graph graph = wide_network();
  PackedWeights weights;
  const auto executor =
      make_executor({.graph = graph, .precision = Precision::kBfloat16}, all_kernels(), weights);
  EXPECT_THAT(executor->plan().steps,
              Each(Field(&PlanStep::kernel, Not(HasSubstr("onednn_bf16")))));
}

TEST(OneDnnBfloat16, AnswersAsTheReferenceDoes) {
  if (!multiplies_here()) GTEST_SKIP() << "this processor does not multiply bfloat16";
  const Graph graph = wide_network();
  PackedWeights weights;
  const auto executor = make_executor(
      {.graph = graph, .max_batch = 3, .precision = Precision::kBfloat16}, all_kernels(), weights);
  SCOPED_TRACE(executor->plan().text(graph));
  EXPECT_THAT(executor->plan().steps, Contains(Field(&PlanStep::kernel, HasSubstr("onednn_bf16"))));
  for (const std::int64_t batch : {1, 3}) {
    const Arrays inputs = random_inputs(graph, batch);
    RunArrays arrays(graph, batch, inputs);
    ASSERT_EQ(executor->run(batch, arrays.reads, arrays.writes, {}), Status::kOk);
    EXPECT_LE(
        relative_difference(arrays.outputs[0], run_reference<double>(graph, batch, inputs)[0]),
        tolerance_of(Precision::kBfloat16));
  }
}

}  // namespace
}  // namespace ockham::cpu
