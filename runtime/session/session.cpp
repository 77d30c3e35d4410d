#include "runtime/session/session.h"

#include <algorithm>
#include <new>
#include <utility>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/session/self_test.h"

namespace ockham {
namespace {

/// Far beyond any machine; a guard against nonsense.
constexpr int kMaxThreads = 1024;

void check_options(const SessionOptions& options) {
  if (options.device != Device::kCpu) {
    throw Error(Status::kUnsupported,
                "device 'cuda' was asked for, but this build runs networks on the CPU only; use "
                "device 'cpu'");
  }
  if (options.max_batch < 1) {
    throw Error(Status::kInvalidArgument,
                "max_batch is " + std::to_string(options.max_batch) + ", expected at least 1");
  }
  if (options.threads < 1 || options.threads > kMaxThreads) {
    throw Error(Status::kInvalidArgument, "threads is " + std::to_string(options.threads) +
                                              ", expected 1 to " + std::to_string(kMaxThreads));
  }
}

bool any_null(const auto& pointers) {
  return std::ranges::find(pointers, nullptr) != pointers.end();
}

Candidates candidates(Kernels kernels) {
  switch (kernels) {
    case Kernels::kAuto:
      return cpu::all_kernels();
    case Kernels::kExact:
      return cpu::exact_kernels();
    case Kernels::kReference:
      return cpu::reference_kernels();
  }
  throw Error(Status::kInvalidArgument, "kernels of an unknown kind");
}

/// On the device that the options name.
std::unique_ptr<Executor> make_executor(const Model& model, const SessionOptions& options) {
  return cpu::make_executor({.graph = model.graph(),
                             .max_batch = options.max_batch,
                             .threads = options.threads,
                             .memory_limit = options.memory_limit},
                            candidates(options.kernels), model.packed_weights());
}

}  // namespace

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options)
    : model_(std::move(model)), options_(options) {
  if (model_ == nullptr) throw Error(Status::kInvalidArgument, "no model was given (null pointer)");
  check_options(options_);
  try {
    executor_ = make_executor(*model_, options_);
    if (options_.self_test && model_->contents().self_test) prove();
  } catch (const std::bad_alloc&) {
    throw Error(Status::kOutOfMemory,
                "the system has no memory left for this session; use a "
                "smaller batch");
  }
}

/// Replays the self-test. What a network makes of roundings may be too much for transforms.
void Session::prove() {
  try {
    replay_self_test(*this);
  } catch (const Error& error) {
    if (error.status() != Status::kVerification || options_.kernels != Kernels::kAuto) throw;
    options_.kernels = Kernels::kExact;
    executor_ = make_executor(*model_, options_);
    replay_self_test(*this);
  }
}

Session::~Session() = default;

bool Session::accepts(std::int64_t batch, std::span<const float* const> inputs,
                      std::span<float* const> outputs) const {
  return batch >= 1 && batch <= options_.max_batch &&
         inputs.size() == model_->graph().inputs.size() &&
         outputs.size() == model_->graph().outputs.size() && !any_null(inputs) &&
         !any_null(outputs);
}

Status Session::run(std::int64_t batch, std::span<const float* const> inputs,
                    std::span<float* const> outputs) noexcept {
  if (!accepts(batch, inputs, outputs)) return Status::kInvalidArgument;
  return executor_->run(batch, inputs, outputs, {});
}

Status Session::run_profiled(std::int64_t batch, std::span<const float* const> inputs,
                             std::span<float* const> outputs,
                             std::span<std::int64_t> step_ns) noexcept {
  if (step_ns.size() != plan().steps.size() || !accepts(batch, inputs, outputs)) {
    return Status::kInvalidArgument;
  }
  return executor_->run(batch, inputs, outputs, step_ns);
}

const ExecutionPlan& Session::plan() const { return executor_->plan(); }
SessionMemory Session::memory() const { return executor_->memory(); }

}  // namespace ockham
