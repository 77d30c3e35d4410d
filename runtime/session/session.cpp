#include "runtime/session/session.h"

#include <algorithm>
#include <new>
#include <utility>

#include "runtime/cpu/cpu_executor.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/thread_pool.h"
#include "runtime/cpu/tuning.h"
#include "runtime/session/array_formats.h"
#include "runtime/session/device_module.h"
#include "runtime/session/self_test.h"

namespace ockham {
namespace {

/// What one device can and another cannot.
void check_device(const SessionOptions& options) {
  const bool is_cpus_precision =
      options.precision == Precision::kFloat32 || options.precision == Precision::kBfloat16;
  if (options.device == Device::kCpu && !is_cpus_precision) {
    throw Error(Status::kUnsupported,
                "precision '" + std::string(name_of(options.precision)) +
                    "' was asked for, but device 'cpu' computes in 'fp32' or 'bf16' only; use one "
                    "of these, or device 'cuda'");
  }
  if (options.device == Device::kCpu && options.stream != nullptr) {
    throw Error(Status::kUnsupported,
                "a stream was given, but device 'cpu' has none; use device 'cuda', or no stream");
  }
  if (options.device == Device::kCuda && options.kernels == Kernels::kExact) {
    throw Error(Status::kUnsupported,
                "exact kernels were asked for, but only device 'cpu' knows which ones are; use "
                "other kernels, or device 'cpu'");
  }
}

void check_options(const SessionOptions& options) {
  check_device(options);
  if (options.max_batch < 1) {
    throw Error(Status::kInvalidArgument,
                "max_batch is " + std::to_string(options.max_batch) + ", expected at least 1");
  }
  if (options.threads < 1 || options.threads > cpu::kMostThreads) {
    throw Error(Status::kInvalidArgument, "threads is " + std::to_string(options.threads) +
                                              ", expected 1 to " +
                                              std::to_string(cpu::kMostThreads));
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

std::unique_ptr<Executor> make_on_cuda(const Model& model, const PlanRequest& request,
                                       const SessionOptions& options) {
  const cuda::Module& module = cuda_module();
  DeviceShare& share = model.device_share();
  const std::lock_guard lock(share.mutex);
  return make_cuda_executor(module, {.plan = request,
                                     .naive = options.kernels == Kernels::kReference,
                                     .tune = options.tune,
                                     .stream = options.stream,
                                     .shared = &share.data});
}

/// On the device that the options name. The plan gets these notes, too.
std::unique_ptr<Executor> make_executor(const Model& model, const SessionOptions& options,
                                        std::vector<std::string> notes = {}) {
  PlanRequest request{.graph = model.graph(),
                      .max_batch = options.max_batch,
                      .threads = options.threads,
                      .memory_limit = options.memory_limit,
                      .precision = options.precision};
  request.input_formats = options.input_formats;
  request.output_formats = options.output_formats;
  request.choices.notes = std::move(notes);
  if (options.device == Device::kCuda) return make_on_cuda(model, request, options);
  const auto make = options.tune ? cpu::make_tuned_executor : cpu::make_executor;
  return make(request, candidates(options.kernels), model.packed_weights(), options.pool);
}

}  // namespace

std::string_view name_of(Device device) { return device == Device::kCuda ? "cuda" : "cpu"; }

Device device_named(std::string_view name) {
  for (const Device device : {Device::kCpu, Device::kCuda}) {
    if (name_of(device) == name) return device;
  }
  throw Error(Status::kInvalidArgument,
              "device '" + std::string(name) + "' is unknown, expected 'cpu' or 'cuda'");
}

Precision precision_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(kLastPrecision); ++i) {
    const auto precision = static_cast<Precision>(i);
    if (name_of(precision) == name) return precision;
  }
  throw Error(Status::kInvalidArgument, "precision '" + std::string(name) +
                                            "' is unknown, expected 'fp32', 'tf32', 'fp16' or "
                                            "'bf16'");
}

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options)
    : model_(std::move(model)), options_(options) {
  if (model_ == nullptr) throw Error(Status::kInvalidArgument, "no model was given (null pointer)");
  if (options_.pool != nullptr) options_.threads = options_.pool->threads();
  check_options(options_);
  settle_formats(options_, model_->contents());
  try {
    executor_ = make_executor(*model_, options_);
    if (options_.self_test) prove();
  } catch (const std::bad_alloc&) {
    throw Error(Status::kOutOfMemory,
                "the system has no memory left for this session; use a "
                "smaller batch");
  }
}

/// What a network makes of roundings may be too much for the transforms of the CPU's kernels.
void Session::prove() {
  if (!model_->contents().self_test) return;
  if (!takes_graph_arrays(options_)) return prove_on_graph_arrays();
  try {
    replay_self_test(*this);
  } catch (const Error& error) {
    const bool has_exact = options_.device == Device::kCpu && options_.kernels == Kernels::kAuto &&
                           options_.precision == Precision::kFloat32;
    if (error.status() != Status::kVerification || !has_exact) throw;
    fall_back();
    replay_self_test(*this);
  }
}

/// The self-test has the graph's arrays. Only reorders at the borders of a plan for these differ.
void Session::prove_on_graph_arrays() {
  SessionOptions plain = options_;
  plain.input_formats = plain.output_formats = {};
  plain.self_test = true;
  const Session proven(model_, plain);
  if (proven.options().kernels != options_.kernels) fall_back();
}

void Session::fall_back() {
  options_.kernels = Kernels::kExact;
  executor_ = make_executor(*model_, options_,
                            {"the self-test did not pass with all kernels: the session goes on "
                             "with exact ones, without Winograd's transforms"});
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

Status Session::enqueue(std::int64_t batch, std::span<const float* const> inputs,
                        std::span<float* const> outputs) noexcept {
  if (options_.stream == nullptr || !accepts(batch, inputs, outputs)) {
    return Status::kInvalidArgument;
  }
  return executor_->enqueue(batch, inputs, outputs);
}

Status Session::run_profiled(std::int64_t batch, std::span<const float* const> inputs,
                             std::span<float* const> outputs,
                             std::span<std::int64_t> step_ns) noexcept {
  if (step_ns.size() != plan().steps.size() || !accepts(batch, inputs, outputs)) {
    return Status::kInvalidArgument;
  }
  return executor_->run(batch, inputs, outputs, step_ns);
}

Status Session::measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept {
  if (batch < 1 || batch > options_.max_batch) return Status::kInvalidArgument;
  return executor_->measure(batch, device_ns);
}

void Session::cancel() noexcept { executor_->cancel(); }

const char* Session::failure() const noexcept { return executor_->failure(); }
const ExecutionPlan& Session::plan() const { return executor_->plan(); }
SessionMemory Session::memory() const { return executor_->memory(); }

}  // namespace ockham
