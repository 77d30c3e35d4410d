// Port: an input or output of a network, with memory for what the network cannot reach or use where
// the caller has it.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/cuda/memory.h"
#include "runtime/graph/graph.h"

namespace ockham::cuda {

/// One run, as ports see it.
struct PortRun {
  std::size_t images = 1;    ///< of the caller
  std::size_t prepared = 1;  ///< that the network computes, at least as many
  cudaStream_t stream = nullptr;
};

class Port {
 public:
  /// For batches of up to `max_batch` images, on the current device. `touched_once`: by the
  /// network, so that small arrays may lie on the host. Throws Error.
  Port(const Value& value, std::int64_t max_batch, bool touched_once);

  /// Of memory that a port has, once on the device and once on the host. At most INT64_MAX.
  static std::size_t bytes(const Value& value, std::int64_t max_batch);

  /// Its own memory on the device, for the largest batch.
  float* on_device() const { return device_.as<float>(); }

  /// Where the network reads what the caller's array holds. Copies are put into the stream; what is
  /// on the host has been read when this returns. Throws Error.
  const float* bring_in(const float* array, const PortRun& run) const;

  /// Where the network writes what the caller's array is to hold. Throws Error: kInvalidArgument
  /// where that is for int64 on the device.
  float* destination(float* array, const PortRun& run);
  /// Puts the way from there to the caller's array, or to the port's memory on the host, into the
  /// stream. Throws Error.
  void start_bringing_out(float* array, const PortRun& run) const;
  /// The rest of the way, when the stream has come to its end.
  void finish_bringing_out(float* array, const PortRun& run) const;

  /// Throws Error(kInvalidArgument) unless the array is in the memory of a device.
  void expect_on_device(const float* array) const;

 private:
  bool stays_on_host(const PortRun& run) const;
  void upload(const float* array, std::size_t bytes, cudaStream_t stream) const;
  float* own_memory(const PortRun& run) const;

  std::string name_;
  bool is_int64_ = false;
  std::size_t image_bytes_ = 0;
  bool touched_once_ = false;
  DeviceBuffer device_;
  PinnedBuffer pinned_;

  // Of the run in progress, for outputs.
  bool caller_on_device_ = false;
  float* written_ = nullptr;  ///< by the network
};

}  // namespace ockham::cuda
