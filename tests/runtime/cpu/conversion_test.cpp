#include <gtest/gtest.h>

#include <vector>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/packed_weights.h"
#include "runtime/graph/bfloat16.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/operator_cases.h"
#include "tests/cases/test_networks.h"

namespace ockham::cpu {
namespace {

/// More than a thread's part of one value, of three images.
constexpr std::int64_t kElements = 5001, kBatch = 3, kAll = kBatch * kElements;

class Conversion : public testing::Test {
 protected:
  std::unique_ptr<Kernel> kernel(StoredType from, StoredType to) {
    plan.placements = {{.type = from, .elements = kElements}, {.type = to, .elements = kElements}};
    step = {.name = "x", .reads = {0}, .writes = 1};
    return make_conversion({graph, plan, step, weights});
  }

  static void run(Kernel& kernel, const void* from, void* to, int threads) {
    ThreadPool pool(threads);
    const auto* input = static_cast<const float*>(from);
    ASSERT_EQ(kernel.run({.batch = kBatch,
                          .inputs = {&input, 1},
                          .output = static_cast<float*>(to),
                          .threads = pool}),
              Status::kOk);
  }

  Graph graph;
  ExecutionPlan plan;
  PlanStep step;
  PackedWeights weights;
};

TEST_F(Conversion, RoundsAndWidens) {
  const std::vector<float> numbers = random_floats(kAll, 1);
  for (const int threads : {1, 3}) {
    std::vector<Bfloat16> rounded(numbers.size());
    run(*kernel(StoredType::kFloat32, StoredType::kBfloat16), numbers.data(), rounded.data(),
        threads);
    std::vector<float> back(numbers.size());
    run(*kernel(StoredType::kBfloat16, StoredType::kFloat32), rounded.data(), back.data(), threads);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_EQ(rounded[i].bits, to_bfloat16(numbers[i]).bits) << i;
      ASSERT_EQ(back[i], to_float(rounded[i])) << i;
    }
  }
}

TEST_F(Conversion, NamesTypesThatItDoesNotKnow) {
  tests::expect_error(Status::kInternal, {"step 'x'", "fp16 to fp32"},
                      [&] { kernel(StoredType::kFloat16, StoredType::kFloat32); });
}

/// Negates bfloat16, and writes what the plan wants.
class Negation : public Kernel {
 public:
  explicit Negation(const KernelContext& context)
      : elements_(context.read(0).elements), written_(context.written().type) {}

  Status run(const KernelArguments& arguments) noexcept override {
    const auto* from = reinterpret_cast<const Bfloat16*>(arguments.inputs[0]);
    for (std::int64_t i = 0; i < arguments.batch * elements_; ++i) {
      const float negated = -to_float(from[i]);
      if (written_ == StoredType::kBfloat16) {
        reinterpret_cast<Bfloat16*>(arguments.output)[i] = to_bfloat16(negated);
      } else {
        arguments.output[i] = negated;
      }
    }
    return Status::kOk;
  }

 private:
  std::int64_t elements_;
  StoredType written_;
};

constexpr KernelCandidate kNegation = {{.name = "negation",
                                        .reason = "for the test",
                                        .layout = LayoutRule::kAny,
                                        .supports = is_alone<Unary>,
                                        .type = StoredType::kBfloat16},
                                       [](const KernelContext& context) -> std::unique_ptr<Kernel> {
                                         return std::make_unique<Negation>(context);
                                       }};

TEST(TypedSteps, PassTheirTypeOn) {
  tests::NetworkBuilder net(1);
  const ValueId x = net.input("x", {Shape::kBatch, kElements});
  const Unary negate{UnaryKind::kNeg};
  const Graph network = net.build(net.unary("b", net.unary("a", x, negate), negate));
  const Candidate* const candidates[] = {&kNegation};
  PackedWeights weights;
  const auto executor =
      make_executor({.graph = network, .max_batch = kBatch, .precision = Precision::kBfloat16},
                    candidates, weights);
  ASSERT_EQ(executor->plan().steps.size(), 3u) << executor->plan().text(network);
  EXPECT_EQ(executor->plan().placements[executor->plan().steps[1].writes].type,
            StoredType::kBfloat16);
  const std::vector<float> numbers = random_floats(kAll, 1);
  std::vector<float> found(numbers.size());
  const float* const inputs[] = {numbers.data()};
  float* const outputs[] = {found.data()};
  ASSERT_EQ(executor->run(kBatch, inputs, outputs, {}), Status::kOk);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_EQ(found[i], to_float(to_bfloat16(numbers[i]))) << i;
  }
}

}  // namespace
}  // namespace ockham::cpu
