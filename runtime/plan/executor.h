// Executor: what a device implements.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/graph/error.h"
#include "runtime/plan/execution_plan.h"

namespace ockham {

/// Memory of an executor, in bytes.
struct SessionMemory {
  std::size_t arena = 0;    ///< activations and scratch, one block
  std::size_t packed = 0;   ///< packed weights of the model, shared by its sessions
  std::size_t staging = 0;  ///< copies of inputs and outputs, on the device and on the host
};

/// A network prepared on a device for a largest batch. Sessions check arguments before it sees them
/// and keep the graph alive. One thread at a time runs it.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Runs `batch` images, at most the plan's `max_batch`: one array for each input and output of
  /// the graph. Writes the nanoseconds of each step to `step_ns`, unless that is empty.
  virtual Status run(std::int64_t batch, std::span<const float* const> inputs,
                     std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept = 0;
  /// Puts such a run into the stream that the executor was given, and waits for nothing. All arrays
  /// are in the device's memory. kUnsupported where the device is the host.
  virtual Status enqueue(std::int64_t batch, std::span<const float* const> inputs,
                         std::span<float* const> outputs) noexcept {
    static_cast<void>(batch), static_cast<void>(inputs), static_cast<void>(outputs);
    return Status::kUnsupported;
  }
  /// For each of `device_ns`, runs `batch` images a few times in a row on whatever inputs the
  /// device has in its memory, and writes the mean of the nanoseconds that a run took there,
  /// without copies from and to the host. kUnsupported where the device is the host.
  virtual Status measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept {
    static_cast<void>(batch), static_cast<void>(device_ns);
    return Status::kUnsupported;
  }
  /// Ends the run in progress, if any, with kCancelled before its next step, where the device looks
  /// for that. Runs that begin later are not touched. From any thread.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  /// Why the last call that failed did, in one line; "" where none has, or there is nothing to say
  /// beyond its status. The text changes with the next call that fails.
  virtual const char* failure() const noexcept { return ""; }
  virtual const ExecutionPlan& plan() const = 0;
  virtual SessionMemory memory() const = 0;

 protected:
  void begin_run() noexcept { cancelled_.store(false, std::memory_order_relaxed); }
  bool is_cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_ = false;
};

}  // namespace ockham
