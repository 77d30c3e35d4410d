// Owners of what CUDA hands out. All free without a word, also when CUDA has failed.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "runtime/cuda/status.h"

namespace ockham::cuda {

/// Memory on the device, aligned to 256 bytes. Clearing and copying are over when the constructor
/// is, for all streams.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  /// Zeros.
  explicit DeviceBuffer(std::size_t bytes) {
    if (bytes == 0) return;
    allocate(bytes);
    finish(cudaMemset(data_, 0, bytes), "clearing device memory");
  }
  /// A copy of the host's bytes.
  DeviceBuffer(const void* host, std::size_t bytes) {
    if (bytes == 0) return;
    allocate(bytes);
    finish(cudaMemcpy(data_, host, bytes, cudaMemcpyHostToDevice), "copying to the device");
  }
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~DeviceBuffer() { static_cast<void>(cudaFree(data_)); }

  std::byte* data() const { return static_cast<std::byte*>(data_); }
  std::size_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void allocate(std::size_t bytes) {
    check_allocation(cudaMalloc(&data_, bytes), bytes);
    bytes_ = bytes;
  }

  /// Waits for the default stream, whose work others do not wait for.
  void finish(cudaError_t status, const char* doing) {
    if (status == cudaSuccess) status = cudaStreamSynchronize(nullptr);
    if (status != cudaSuccess) static_cast<void>(cudaFree(data_));
    check(status, doing);
  }

  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Memory of the host that the device can read and write, at the same address.
class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  explicit PinnedBuffer(std::size_t bytes) {
    if (bytes > 0) check(cudaMallocHost(&data_, bytes), "allocating pinned memory");
    if (bytes > 0) std::memset(data_, 0, bytes);
  }
  PinnedBuffer(PinnedBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~PinnedBuffer() { static_cast<void>(cudaFreeHost(data_)); }

  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

/// A stream that does not wait for the default one.
class Stream {
 public:
  Stream() {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream");
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { static_cast<void>(cudaStreamDestroy(stream_)); }
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A point in a stream, with its time.
class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "creating an event"); }
  Event(Event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  Event& operator=(Event&&) = delete;
  ~Event() {
    if (event_ != nullptr) static_cast<void>(cudaEventDestroy(event_));
  }
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Work that was captured from a stream, ready to launch.
class ExecutableGraph {
 public:
  ExecutableGraph() = default;
  explicit ExecutableGraph(cudaGraph_t graph) {
    check(cudaGraphInstantiate(&graph_, graph, 0), "instantiating a graph");
  }
  ExecutableGraph(ExecutableGraph&& other) noexcept
      : graph_(std::exchange(other.graph_, nullptr)) {}
  ExecutableGraph& operator=(ExecutableGraph&& other) noexcept {
    std::swap(graph_, other.graph_);
    return *this;
  }
  ~ExecutableGraph() {
    if (graph_ != nullptr) static_cast<void>(cudaGraphExecDestroy(graph_));
  }
  cudaGraphExec_t get() const { return graph_; }

 private:
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace ockham::cuda
