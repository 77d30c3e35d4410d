// A module as libockham_cuda is one, for machines without a GPU: the reference executor, off by as
// much as a precision may be. What is wrong with it, if anything, its target defines.
#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/cuda/module.h"
#include "runtime/plan/planner.h"
#include "runtime/reference/reference.h"
#include "tests/runtime/session/fake_cuda_module.h"

namespace ockham::cuda {
namespace {

bool supports_all(const PlanRequest&, const PlanStep&) { return true; }

constexpr Candidate kFast = {"fake", "there is no other", LayoutRule::kRowMajor, supports_all};
constexpr Candidate kNaive = {"fake_naive", "as asked", LayoutRule::kRowMajor, supports_all};

/// What outputs are multiplied by.
float distortion(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return 1.0f;
    case Precision::kTf32:
    case Precision::kFloat16:
      return 1.0f + tests::kFakeError;
    case Precision::kBfloat16:
      return 2.0f;
  }
  return 0.0f;
}

class FakeExecutor : public Executor {
 public:
  explicit FakeExecutor(const ExecutorRequest& request)
      : graph_(request.plan.graph),
        distortion_(distortion(request.plan.precision)),
        stream_(static_cast<tests::FakeStream*>(request.stream)) {
    const Candidate* const candidate = request.naive ? &kNaive : &kFast;
    plan_ = make_plan(request.plan, {&candidate, 1});
    plan_memory(plan_, graph_, request.plan.memory_limit);
    if (request.tune) plan_.notes = {tests::kFakeNote};
    if (*request.shared == nullptr) *request.shared = std::make_shared<int>(0);
    shared_ = *request.shared;
  }

  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept override {
    if (std::isnan(inputs[0][0])) {
      failure_ = tests::kFakeFailure;
      return Status::kInternal;
    }
    if (stream_ != nullptr) ++*stream_;
    std::vector<reference::Tensor<float>> tensors;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Shape shape = graph_.value(graph_.inputs[i]).shape.with_batch(batch);
      tensors.push_back({shape, {inputs[i], inputs[i] + shape.elements()}});
    }
    const auto answers = reference::run<float>(graph_, tensors);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      std::ranges::transform(answers[i].data, outputs[i], [&](float x) { return x * distortion_; });
    }
    std::ranges::fill(step_ns, tests::kFakeImageNs * batch);
    return Status::kOk;
  }

  Status enqueue(std::int64_t batch, std::span<const float* const> inputs,
                 std::span<float* const> outputs) noexcept override {
    return run(batch, inputs, outputs, {});
  }

  Status measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept override {
    std::ranges::fill(device_ns, tests::kFakeImageNs * batch);
    return Status::kOk;
  }

  const char* failure() const noexcept override { return failure_; }
  const ExecutionPlan& plan() const override { return plan_; }
  SessionMemory memory() const override { return {.arena = plan_.arena_bytes}; }

 private:
  const Graph& graph_;
  float distortion_;
  tests::FakeStream* stream_;
  const char* failure_ = "";
  ExecutionPlan plan_;
  std::shared_ptr<void> shared_;
};

std::unique_ptr<Executor> make_executor(const ExecutorRequest& request, Failure& failure) noexcept {
#ifdef FAKE_HAS_NO_DEVICE
  static_cast<void>(request);
  failure = {Status::kUnsupported, "the fake has no device"};
  return nullptr;
#else
  try {
    return std::make_unique<FakeExecutor>(request);
  } catch (const Error& error) {
    failure = {error.status(), error.what()};
    return nullptr;
  }
#endif
}

const char* device_name() noexcept { return tests::kFakeDevice; }

constexpr Module kModule = {FAKE_VERSION, make_executor, device_name};

}  // namespace
}  // namespace ockham::cuda

extern "C" __attribute__((visibility("default"))) const ockham::cuda::Module* FAKE_SYMBOL() {
  return &ockham::cuda::kModule;
}
