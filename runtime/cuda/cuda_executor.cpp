#include "runtime/cuda/cuda_executor.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "runtime/cuda/graph_cache.h"
#include "runtime/cuda/kernels.h"
#include "runtime/cuda/measure.h"
#include "runtime/cuda/network.h"
#include "runtime/cuda/port.h"
#include "runtime/graph/operators/operator_rules.h"
#include "runtime/plan/memory_limit.h"

namespace ockham::cuda {
namespace {

/// Makes the executor's device the current one of this thread for a while.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check(cudaGetDevice(&before_), "choosing a device");
    if (before_ != device) check(cudaSetDevice(device), "choosing a device");
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;
  ~CurrentDevice() { static_cast<void>(cudaSetDevice(before_)); }

 private:
  int before_ = 0;
};

class CudaExecutor : public Executor {
 public:
  explicit CudaExecutor(const ExecutorRequest& request);
  ~CudaExecutor() override;

  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept override;
  Status enqueue(std::int64_t batch, std::span<const float* const> inputs,
                 std::span<float* const> outputs) noexcept override;
  Status measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept override;
  const char* failure() const noexcept override { return failure_; }
  const ExecutionPlan& plan() const override { return network_->plan(); }
  SessionMemory memory() const override;

 private:
  void make_ports(const PlanRequest& request);
  void use_own_arrays();
  PortRun port_run(std::int64_t batch) const;
  cudaGraphExec_t graph(std::int64_t size);
  void launch(std::int64_t size, std::span<std::int64_t> step_ns);
  void launch_steps(std::int64_t size, std::span<std::int64_t> step_ns);
  void start(const PortRun& run, std::span<const float* const> inputs,
             std::span<float* const> outputs, std::span<std::int64_t> step_ns);
  void measure_or_throw(std::int64_t batch, std::span<std::int64_t> device_ns);
  Status guarded(const auto& body) noexcept;
  Status fail(Status status, const char* text) noexcept;

  Libraries libraries_;  // first: it looks whether there is a device
  int device_;
  std::shared_ptr<SharedConstants> constants_;
  cudaStream_t stream_ = nullptr;  ///< of runs. Networks are captured in that of libraries_
  std::vector<std::int64_t> batches_;
  std::unique_ptr<Network> network_;
  std::vector<Port> inputs_, outputs_;
  std::size_t staging_bytes_ = 0;  ///< of all ports
  // Where the network finds its arrays in the run in progress, so that a run allocates nothing.
  std::vector<const float*> reads_;
  std::vector<float*> writes_;
  GraphCache<ExecutableGraph> graphs_;
  std::vector<Event> events_;  ///< one more than there are steps
  Event behind_;               ///< the last run that was enqueued
  char failure_[512] = "";
};

/// The constants that the model's sessions on a device share, made by the first of them.
std::shared_ptr<SharedConstants> shared_constants(std::shared_ptr<void>* slot, int device) {
  using ByDevice = std::map<int, std::shared_ptr<SharedConstants>>;
  if (slot == nullptr) return std::make_shared<SharedConstants>();
  if (*slot == nullptr) *slot = std::make_shared<ByDevice>();
  std::shared_ptr<SharedConstants>& constants =
      (*std::static_pointer_cast<ByDevice>(*slot))[device];
  if (constants == nullptr) constants = std::make_shared<SharedConstants>();
  return constants;
}

int current_device() {
  int device = 0;
  check(cudaGetDevice(&device), "looking at the device");
  return device;
}

/// The stream of runs: the caller's, which must be of the current device, or this one.
cudaStream_t stream_of_runs(const ExecutorRequest& request, int device, cudaStream_t own) {
  if (request.stream == nullptr) return own;
  const auto stream = static_cast<cudaStream_t>(request.stream);
  int found = device;
  check(cudaStreamGetDevice(stream, &found), "looking at the caller's stream");
  if (found == device) return stream;
  throw Error(Status::kInvalidArgument,
              "the stream is of CUDA's device " + std::to_string(found) +
                  ", but the current device, on which the session would run, is " +
                  std::to_string(device) + "; call cudaSetDevice first");
}

CudaExecutor::CudaExecutor(const ExecutorRequest& request)
    : device_(current_device()),
      constants_(shared_constants(request.shared, device_)),
      batches_(prepared_batches(request.plan.max_batch)) {
  stream_ = stream_of_runs(request, device_, libraries_.stream());
  PlanRequest plan = request.plan;
  plan.channels_last = channels_last(plan.precision);
  network_ = make_network(plan,
                          {.candidates = request.naive ? naive_kernels() : all_kernels(),
                           .batches = batches_,
                           .tune = request.tune,
                           .may_walk = request.may_walk && !request.naive},
                          libraries_, *constants_);
  make_ports(plan);
  use_own_arrays();
  for (const std::int64_t size : batches_) static_cast<void>(graph(size));
  for (std::size_t i = 0; i <= network_->plan().steps.size(); ++i) events_.emplace_back();
  check(cudaStreamSynchronize(libraries_.stream()), "preparing a network");
}

CudaExecutor::~CudaExecutor() {
  static_cast<void>(cudaEventSynchronize(behind_.get()));  // the caller's stream may have gone
  static_cast<void>(cudaStreamSynchronize(libraries_.stream()));
}

void CudaExecutor::make_ports(const PlanRequest& request) {
  const Graph& graph = request.graph;
  std::int64_t bytes = 0;  // on the device, and as many on the host
  for (const auto* values : {&graph.inputs, &graph.outputs}) {
    for (const ValueId value : *values) {
      const std::size_t more = Port::bytes(graph.value(value), request.max_batch);
      bytes = saturating_add(bytes, static_cast<std::int64_t>(more));
    }
  }
  staging_bytes_ = 2 * static_cast<std::size_t>(bytes);
  const SessionMemory network = network_->memory();
  check_memory_limit({{"the arena", network.arena},
                      {"packed weights", network.packed},
                      {"copies of inputs and outputs", staging_bytes_}},
                     request.memory_limit);
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    inputs_.emplace_back(graph.value(graph.inputs[i]), request.max_batch,
                         network_->touches_input_once(i));
  }
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    outputs_.emplace_back(graph.value(graph.outputs[i]), request.max_batch,
                          network_->touches_output_once(i));
  }
  reads_.resize(inputs_.size());
  writes_.resize(outputs_.size());
}

SessionMemory CudaExecutor::memory() const {
  SessionMemory memory = network_->memory();
  memory.staging = staging_bytes_;
  return memory;
}

void CudaExecutor::use_own_arrays() {
  std::ranges::transform(inputs_, reads_.begin(), &Port::on_device);
  std::ranges::transform(outputs_, writes_.begin(), &Port::on_device);
}

PortRun CudaExecutor::port_run(std::int64_t batch) const {
  const std::int64_t prepared = *std::ranges::lower_bound(batches_, batch);
  return {static_cast<std::size_t>(batch), static_cast<std::size_t>(prepared), stream_};
}

/// The captured network for the arrays of this run, captured now unless it was before.
cudaGraphExec_t CudaExecutor::graph(std::int64_t size) {
  const GraphKey key{size, reads_, writes_};
  if (const ExecutableGraph* const found = graphs_.find(key)) return found->get();
  ExecutableGraph made = captured(libraries_.stream(), [&] {
    network_->enqueue({size, reads_, writes_, libraries_.stream()}, {});
  });
  return graphs_.insert(key, std::move(made)).get();
}

/// In the stream that the libraries' handles are bound to.
void CudaExecutor::launch_steps(std::int64_t size, std::span<std::int64_t> step_ns) {
  check(cudaStreamSynchronize(stream_), "bringing inputs in");
  const cudaStream_t stream = libraries_.stream();
  check(cudaEventRecord(events_[0].get(), stream), "measuring steps");
  network_->enqueue({size, reads_, writes_, stream}, [&](std::size_t step) {
    check(cudaEventRecord(events_[step + 1].get(), stream), "measuring steps");
  });
  check(cudaStreamSynchronize(stream), "running a network");
  for (std::size_t i = 0; i < step_ns.size(); ++i) {
    float milliseconds = 0.0f;
    check(cudaEventElapsedTime(&milliseconds, events_[i].get(), events_[i + 1].get()),
          "measuring steps");
    step_ns[i] = static_cast<std::int64_t>(double{milliseconds} * 1e6);
  }
}

void CudaExecutor::launch(std::int64_t size, std::span<std::int64_t> step_ns) {
  if (step_ns.empty()) {
    check(cudaGraphLaunch(graph(size), stream_), "launching a network");
  } else {
    launch_steps(size, step_ns);
  }
}

/// Puts a run into the stream.
void CudaExecutor::start(const PortRun& run, std::span<const float* const> inputs,
                         std::span<float* const> outputs, std::span<std::int64_t> step_ns) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    writes_[i] = outputs_[i].destination(outputs[i], run);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    reads_[i] = inputs_[i].bring_in(inputs[i], run);
  }
  launch(static_cast<std::int64_t>(run.prepared), step_ns);
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs_[i].start_bringing_out(outputs[i], run);
}

Status CudaExecutor::run(std::int64_t batch, std::span<const float* const> inputs,
                         std::span<float* const> outputs,
                         std::span<std::int64_t> step_ns) noexcept {
  return guarded([&] {
    const CurrentDevice current(device_);
    const PortRun run = port_run(batch);
    start(run, inputs, outputs, step_ns);
    check(cudaStreamSynchronize(stream_), "running a network");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      outputs_[i].finish_bringing_out(outputs[i], run);
    }
  });
}

Status CudaExecutor::enqueue(std::int64_t batch, std::span<const float* const> inputs,
                             std::span<float* const> outputs) noexcept {
  return guarded([&] {
    const CurrentDevice current(device_);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs_[i].expect_on_device(inputs[i]);
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs_[i].expect_on_device(outputs[i]);
    start(port_run(batch), inputs, outputs, {});
    check(cudaEventRecord(behind_.get(), stream_), "enqueueing a run");
  });
}

void CudaExecutor::measure_or_throw(std::int64_t batch, std::span<std::int64_t> device_ns) {
  // So many runs in a row, of which the mean counts: the events take time too.
  constexpr int kRow = 10;
  const CurrentDevice current(device_);
  use_own_arrays();
  const cudaGraphExec_t ready = graph(static_cast<std::int64_t>(port_run(batch).prepared));
  const Event before, behind;
  for (std::int64_t& ns : device_ns) {
    check(cudaEventRecord(before.get(), stream_), "measuring runs");
    for (int i = 0; i < kRow; ++i) {
      check(cudaGraphLaunch(ready, stream_), "measuring runs");
    }
    check(cudaEventRecord(behind.get(), stream_), "measuring runs");
    check(cudaEventSynchronize(behind.get()), "measuring runs");
    float milliseconds = 0.0f;
    check(cudaEventElapsedTime(&milliseconds, before.get(), behind.get()), "measuring runs");
    ns = static_cast<std::int64_t>(double{milliseconds} * 1e6 / kRow);
  }
}

Status CudaExecutor::measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept {
  return guarded([&] { measure_or_throw(batch, device_ns); });
}

/// Runs `body`; what it throws becomes a status and `failure()`.
Status CudaExecutor::guarded(const auto& body) noexcept {
  try {
    body();
    return Status::kOk;
  } catch (const Error& error) {
    return fail(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(Status::kOutOfMemory, "the system has no memory left for this run");
  } catch (const std::exception& error) {
    return fail(Status::kInternal, error.what());
  }
}

/// Waits for what was enqueued before the failure: it works on the caller's arrays.
Status CudaExecutor::fail(Status status, const char* text) noexcept {
  std::snprintf(failure_, sizeof failure_, "%s", text);
  static_cast<void>(cudaStreamSynchronize(stream_));
  static_cast<void>(cudaGetLastError());
  return status;
}

}  // namespace

std::vector<std::int64_t> prepared_batches(std::int64_t max_batch) {
  // Each is a quarter of the next: all can be prepared in little time, and none wastes too much.
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = max_batch; size > 1; size = (size - 1) / 4 + 1) sizes.push_back(size);
  sizes.push_back(1);
  std::ranges::reverse(sizes);
  return sizes;
}

std::unique_ptr<Executor> make_executor(const ExecutorRequest& request) {
  return std::make_unique<CudaExecutor>(request);
}

}  // namespace ockham::cuda
