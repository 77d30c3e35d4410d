#include "runtime/cuda/port.h"

#include <algorithm>
#include <cstring>

#include "runtime/graph/error.h"
#include "runtime/graph/operators/operator_rules.h"

namespace ockham::cuda {
namespace {

/// Where the caller's array is.
struct Location {
  bool on_device = false;  ///< on any, or wherever it is needed
  bool managed = false;    ///< the host may look at it, too
  bool reachable = false;  ///< for kernels on the current device, at this address
};

/// cuBLAS' heuristics expect this much of every pointer.
bool is_aligned(const void* pointer) {
  constexpr std::uintptr_t kAlignment = 256;
  return reinterpret_cast<std::uintptr_t>(pointer) % kAlignment == 0;
}

Location locate(const void* pointer) {
  cudaPointerAttributes attributes{};
  check(cudaPointerGetAttributes(&attributes, pointer), "looking at a pointer");
  const bool managed = attributes.type == cudaMemoryTypeManaged;
  if (!managed && attributes.type != cudaMemoryTypeDevice) return {};
  int current = 0;
  check(cudaGetDevice(&current), "looking at the device");
  return {.on_device = true,
          .managed = managed,
          .reachable = (managed || attributes.device == current) && is_aligned(pointer)};
}

}  // namespace

std::size_t Port::bytes(const Value& value, std::int64_t max_batch) {
  return static_cast<std::size_t>(saturating_multiply(
      saturating_multiply(value.shape.elements(), static_cast<std::int64_t>(sizeof(float))),
      max_batch));
}

Port::Port(const Value& value, std::int64_t max_batch, bool touched_once)
    : name_(value.name),
      is_int64_(value.type == ElementType::kInt64),
      image_bytes_(bytes(value, 1)),
      touched_once_(touched_once),
      device_(bytes(value, max_batch)),
      pinned_(bytes(value, max_batch)) {}

/// Whether the network itself reads or writes the memory on the host: copies of few bytes take
/// longer than that.
bool Port::stays_on_host(const PortRun& run) const {
  constexpr std::size_t kFewBytes = std::size_t{64} << 10;
  return touched_once_ && image_bytes_ * run.prepared <= kFewBytes;
}

float* Port::own_memory(const PortRun& run) const {
  return stays_on_host(run) ? static_cast<float*>(pinned_.data()) : on_device();
}

const float* Port::bring_in(const float* array, const PortRun& run) const {
  const std::size_t bytes = image_bytes_ * run.images;
  const Location location = locate(array);
  if (location.reachable && run.images == run.prepared) return array;
  if (location.on_device) {
    check(cudaMemcpyAsync(device_.data(), array, bytes, cudaMemcpyDefault, run.stream),
          "copying an input");
    return on_device();
  }
  if (stays_on_host(run)) {
    std::memcpy(pinned_.data(), array, bytes);
  } else {
    upload(array, bytes, run.stream);
  }
  return own_memory(run);
}

/// Copies by parts, so that one is on its way while the next is read.
void Port::upload(const float* array, std::size_t bytes, cudaStream_t stream) const {
  constexpr std::size_t kPart = std::size_t{256} << 10;
  const auto* from = reinterpret_cast<const std::byte*>(array);
  auto* pinned = static_cast<std::byte*>(pinned_.data());
  for (std::size_t done = 0; done < bytes; done += kPart) {
    const std::size_t part = std::min(kPart, bytes - done);
    std::memcpy(pinned + done, from + done, part);
    check(
        cudaMemcpyAsync(device_.data() + done, pinned + done, part, cudaMemcpyHostToDevice, stream),
        "copying an input");
  }
}

float* Port::destination(float* array, const PortRun& run) {
  const Location location = locate(array);
  if (is_int64_ && location.on_device && !location.managed) {
    throw Error(Status::kInvalidArgument,
                "output '" + name_ +
                    "' is in the memory of a device, expected the host's: it holds int64, which "
                    "the host makes of what the device computes");
  }
  caller_on_device_ = location.on_device;
  const bool in_place = location.reachable && run.images == run.prepared;
  written_ = in_place ? array : location.on_device ? on_device() : own_memory(run);
  return written_;
}

void Port::start_bringing_out(float* array, const PortRun& run) const {
  if (written_ == array || written_ == pinned_.data()) return;
  void* const to = caller_on_device_ ? array : pinned_.data();
  check(cudaMemcpyAsync(to, written_, image_bytes_ * run.images, cudaMemcpyDefault, run.stream),
        "copying an output");
}

void Port::finish_bringing_out(float* array, const PortRun& run) const {
  if (caller_on_device_) return;
  std::memcpy(array, pinned_.data(), image_bytes_ * run.images);
}

void Port::expect_on_device(const float* array) const {
  if (locate(array).on_device) return;
  throw Error(Status::kInvalidArgument,
              "'" + name_ +
                  "' is in the host's memory, expected the device's, as nothing waits for the run; "
                  "use run for arrays on the host");
}

}  // namespace ockham::cuda
