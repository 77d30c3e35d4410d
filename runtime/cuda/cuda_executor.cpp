#include "runtime/cuda/cuda_executor.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "runtime/cuda/kernels.h"
#include "runtime/cuda/measure.h"
#include "runtime/cuda/network.h"
#include "runtime/graph/number_text.h"
#include "runtime/graph/operators/operator_rules.h"

namespace ockham::cuda {
namespace {

/// An input or output of the network as the executor keeps it.
struct Port {
  std::size_t image_bytes = 0;
  bool touched_once = false;  ///< by the network
  DeviceBuffer device;        ///< for the largest batch
  PinnedBuffer pinned;        ///< the same on the host
};

bool is_on_device(const void* pointer) {
  cudaPointerAttributes attributes{};
  check(cudaPointerGetAttributes(&attributes, pointer), "looking at a pointer");
  return attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
}

/// Whether the array lies where kernels may read or write it. cuBLAS' heuristics expect this much
/// of every pointer.
bool is_aligned(const void* pointer) {
  constexpr std::uintptr_t kAlignment = 256;
  return reinterpret_cast<std::uintptr_t>(pointer) % kAlignment == 0;
}

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
  ~CudaExecutor() override { static_cast<void>(cudaStreamSynchronize(libraries_.stream())); }

  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept override;
  Status measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept override;
  const ExecutionPlan& plan() const override { return network_->plan(); }
  SessionMemory memory() const override { return network_->memory(); }

 private:
  /// Where the network finds its arrays in one run.
  struct Arrays {
    std::vector<const float*> inputs;
    std::vector<float*> outputs;
    bool operator<(const Arrays& other) const {
      return std::tie(inputs, outputs) < std::tie(other.inputs, other.outputs);
    }
  };

  void make_ports(const PlanRequest& request);
  std::int64_t prepared(std::int64_t batch) const;
  void upload(const Port& port, const float* array, std::size_t bytes);
  const float* bring_in(const Port& port, const float* array, std::int64_t batch,
                        std::int64_t size);
  float* destination(const Port& port, float* array, std::int64_t batch, std::int64_t size) const;
  void bring_out(std::int64_t batch, std::span<float* const> outputs, const Arrays& arrays);
  Arrays own_arrays() const;
  cudaGraphExec_t graph(std::int64_t size, const Arrays& arrays);
  void launch(std::int64_t size, const Arrays& arrays, std::span<std::int64_t> step_ns);
  void launch_steps(const NetworkRun& run, std::span<std::int64_t> step_ns);
  void run_or_throw(std::int64_t batch, std::span<const float* const> inputs,
                    std::span<float* const> outputs, std::span<std::int64_t> step_ns);
  void measure_or_throw(std::int64_t batch, std::span<std::int64_t> device_ns);

  std::shared_ptr<SharedConstants> constants_;
  Libraries libraries_;  // first: it looks whether there is a device
  int device_ = 0;
  std::vector<std::int64_t> batches_;
  std::unique_ptr<Network> network_;
  std::vector<Port> inputs_, outputs_;
  std::map<std::pair<std::int64_t, Arrays>, ExecutableGraph> graphs_;
  std::vector<Event> events_;  ///< one more than there are steps
};

/// The constants that the model's sessions share, made by the first of them.
std::shared_ptr<SharedConstants> shared_constants(std::shared_ptr<void>* slot) {
  if (slot == nullptr) return std::make_shared<SharedConstants>();
  if (*slot == nullptr) *slot = std::make_shared<SharedConstants>();
  return std::static_pointer_cast<SharedConstants>(*slot);
}

CudaExecutor::CudaExecutor(const ExecutorRequest& request)
    : constants_(shared_constants(request.shared)),
      batches_(prepared_batches(request.plan.max_batch)) {
  check(cudaGetDevice(&device_), "looking at the device");
  PlanRequest plan = request.plan;
  plan.channels_last = channels_last(plan.precision);
  network_ = make_network(plan,
                          {.candidates = request.naive ? naive_kernels() : all_kernels(),
                           .batches = batches_,
                           .tune = request.tune,
                           .may_walk = request.may_walk && !request.naive},
                          libraries_, *constants_);
  make_ports(plan);
  for (const std::int64_t size : batches_) static_cast<void>(graph(size, own_arrays()));
  for (std::size_t i = 0; i <= network_->plan().steps.size(); ++i) events_.emplace_back();
  check(cudaStreamSynchronize(libraries_.stream()), "preparing a network");
}

void CudaExecutor::make_ports(const PlanRequest& request) {
  const Graph& graph = request.graph;
  const auto add = [&](std::vector<Port>& ports, ValueId value, bool touched_once) {
    const std::int64_t image_bytes =
        graph.value(value).shape.elements() * static_cast<std::int64_t>(sizeof(float));
    const auto bytes = static_cast<std::size_t>(image_bytes);
    const auto all = static_cast<std::size_t>(saturating_multiply(image_bytes, request.max_batch));
    if (all > request.memory_limit) {
      throw Error(Status::kOutOfMemory,
                  "'" + graph.value(value).name + "' for " + images_text(request.max_batch) +
                      " would need " + std::to_string(all) +
                      " bytes, but the session's memory limit is " +
                      std::to_string(request.memory_limit) +
                      "; use a smaller batch (in code, memory_limit can be raised)");
    }
    ports.push_back({bytes, touched_once, DeviceBuffer(all), PinnedBuffer(all)});
  };
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    add(inputs_, graph.inputs[i], network_->touches_input_once(i));
  }
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    add(outputs_, graph.outputs[i], network_->touches_output_once(i));
  }
}

std::int64_t CudaExecutor::prepared(std::int64_t batch) const {
  return *std::ranges::lower_bound(batches_, batch);
}

/// Whether the network itself reads or writes the port's pinned memory: copies of few bytes take
/// longer than that.
bool keeps_on_host(const Port& port, std::int64_t size) {
  constexpr std::size_t kFewBytes = std::size_t{64} << 10;
  return port.touched_once && port.image_bytes * static_cast<std::size_t>(size) <= kFewBytes;
}

/// Where the network reads the caller's array.
const float* CudaExecutor::bring_in(const Port& port, const float* array, std::int64_t batch,
                                    std::int64_t size) {
  const std::size_t bytes = port.image_bytes * static_cast<std::size_t>(batch);
  if (is_on_device(array)) {
    if (batch == size && is_aligned(array)) return array;
    check(cudaMemcpyAsync(port.device.data(), array, bytes, cudaMemcpyDeviceToDevice,
                          libraries_.stream()),
          "copying an input");
    return port.device.as<float>();
  }
  if (keeps_on_host(port, size)) {
    std::memcpy(port.pinned.data(), array, bytes);
    return static_cast<const float*>(port.pinned.data());
  }
  upload(port, array, bytes);
  return port.device.as<float>();
}

/// Copies by parts, so that one is on its way while the next is read.
void CudaExecutor::upload(const Port& port, const float* array, std::size_t bytes) {
  constexpr std::size_t kPart = std::size_t{256} << 10;
  const auto* from = reinterpret_cast<const std::byte*>(array);
  auto* pinned = static_cast<std::byte*>(port.pinned.data());
  for (std::size_t done = 0; done < bytes; done += kPart) {
    const std::size_t part = std::min(kPart, bytes - done);
    std::memcpy(pinned + done, from + done, part);
    check(cudaMemcpyAsync(port.device.data() + done, pinned + done, part, cudaMemcpyHostToDevice,
                          libraries_.stream()),
          "copying an input");
  }
}

/// Where the network writes what the caller's array is to hold.
float* CudaExecutor::destination(const Port& port, float* array, std::int64_t batch,
                                 std::int64_t size) const {
  if (is_on_device(array)) {
    return batch == size && is_aligned(array) ? array : port.device.as<float>();
  }
  return keeps_on_host(port, size) ? static_cast<float*>(port.pinned.data())
                                   : port.device.as<float>();
}

/// Waits for the run, and sees to it that the caller's arrays hold its outputs.
void CudaExecutor::bring_out(std::int64_t batch, std::span<float* const> outputs,
                             const Arrays& arrays) {
  const auto bytes = [&](const Port& port) {
    return port.image_bytes * static_cast<std::size_t>(batch);
  };
  std::vector<bool> by_host(outputs.size(), false);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Port& port = outputs_[i];
    if (arrays.outputs[i] == outputs[i]) continue;
    if (is_on_device(outputs[i])) {
      check(cudaMemcpyAsync(outputs[i], arrays.outputs[i], bytes(port), cudaMemcpyDeviceToDevice,
                            libraries_.stream()),
            "copying an output");
      continue;
    }
    by_host[i] = true;
    if (arrays.outputs[i] == port.pinned.data()) continue;
    check(cudaMemcpyAsync(port.pinned.data(), arrays.outputs[i], bytes(port),
                          cudaMemcpyDeviceToHost, libraries_.stream()),
          "copying an output");
  }
  check(cudaStreamSynchronize(libraries_.stream()), "running a network");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (by_host[i]) std::memcpy(outputs[i], outputs_[i].pinned.data(), bytes(outputs_[i]));
  }
}

CudaExecutor::Arrays CudaExecutor::own_arrays() const {
  Arrays arrays;
  for (const Port& port : inputs_) arrays.inputs.push_back(port.device.as<float>());
  for (const Port& port : outputs_) arrays.outputs.push_back(port.device.as<float>());
  return arrays;
}

/// The captured network for these arrays, captured now unless it was before.
cudaGraphExec_t CudaExecutor::graph(std::int64_t size, const Arrays& arrays) {
  const std::pair key{size, arrays};
  const auto found = graphs_.find(key);
  if (found != graphs_.end()) return found->second.get();
  constexpr std::size_t kMostGraphs = 64;
  if (graphs_.size() >= kMostGraphs) graphs_.clear();
  ExecutableGraph made = captured(libraries_.stream(), [&] {
    network_->enqueue({size, arrays.inputs, arrays.outputs, libraries_.stream()}, {});
  });
  return graphs_.emplace(key, std::move(made)).first->second.get();
}

void CudaExecutor::launch_steps(const NetworkRun& run, std::span<std::int64_t> step_ns) {
  check(cudaEventRecord(events_[0].get(), libraries_.stream()), "measuring steps");
  network_->enqueue(run, [&](std::size_t step) {
    check(cudaEventRecord(events_[step + 1].get(), libraries_.stream()), "measuring steps");
  });
  check(cudaStreamSynchronize(libraries_.stream()), "running a network");
  for (std::size_t i = 0; i < step_ns.size(); ++i) {
    float milliseconds = 0.0f;
    check(cudaEventElapsedTime(&milliseconds, events_[i].get(), events_[i + 1].get()),
          "measuring steps");
    step_ns[i] = static_cast<std::int64_t>(double{milliseconds} * 1e6);
  }
}

void CudaExecutor::launch(std::int64_t size, const Arrays& arrays,
                          std::span<std::int64_t> step_ns) {
  if (step_ns.empty()) {
    check(cudaGraphLaunch(graph(size, arrays), libraries_.stream()), "launching a network");
  } else {
    launch_steps({size, arrays.inputs, arrays.outputs, libraries_.stream()}, step_ns);
  }
}

void CudaExecutor::run_or_throw(std::int64_t batch, std::span<const float* const> inputs,
                                std::span<float* const> outputs, std::span<std::int64_t> step_ns) {
  const CurrentDevice current(device_);
  const std::int64_t size = prepared(batch);
  Arrays arrays;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arrays.inputs.push_back(bring_in(inputs_[i], inputs[i], batch, size));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    arrays.outputs.push_back(destination(outputs_[i], outputs[i], batch, size));
  }
  launch(size, arrays, step_ns);
  bring_out(batch, outputs, arrays);
}

Status CudaExecutor::run(std::int64_t batch, std::span<const float* const> inputs,
                         std::span<float* const> outputs,
                         std::span<std::int64_t> step_ns) noexcept {
  try {
    run_or_throw(batch, inputs, outputs, step_ns);
    return Status::kOk;
  } catch (const Error& error) {
    return error.status();
  } catch (...) {
    return Status::kOutOfMemory;
  }
}

void CudaExecutor::measure_or_throw(std::int64_t batch, std::span<std::int64_t> device_ns) {
  // So many runs in a row, of which the mean counts: the events take time too.
  constexpr int kRow = 10;
  const CurrentDevice current(device_);
  const cudaGraphExec_t ready = graph(prepared(batch), own_arrays());
  const Event before, behind;
  for (std::int64_t& ns : device_ns) {
    check(cudaEventRecord(before.get(), libraries_.stream()), "measuring runs");
    for (int i = 0; i < kRow; ++i) {
      check(cudaGraphLaunch(ready, libraries_.stream()), "measuring runs");
    }
    check(cudaEventRecord(behind.get(), libraries_.stream()), "measuring runs");
    check(cudaEventSynchronize(behind.get()), "measuring runs");
    float milliseconds = 0.0f;
    check(cudaEventElapsedTime(&milliseconds, before.get(), behind.get()), "measuring runs");
    ns = static_cast<std::int64_t>(double{milliseconds} * 1e6 / kRow);
  }
}

Status CudaExecutor::measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept {
  try {
    measure_or_throw(batch, device_ns);
    return Status::kOk;
  } catch (const Error& error) {
    return error.status();
  } catch (...) {
    return Status::kOutOfMemory;
  }
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
