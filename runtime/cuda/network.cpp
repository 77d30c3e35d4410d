#include "runtime/cuda/network.h"

#include "runtime/cuda/step_network.h"
#include "runtime/cuda/tail_network.h"
#include "runtime/cuda/walk_network.h"

namespace ockham::cuda {
namespace {

WalkDevice current_device() {
  int device = 0, bytes = 0, multiprocessors = 0;
  check(cudaGetDevice(&device), "looking at the device");
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
        "looking at the device");
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
        "looking at the device");
  return {.shared_bytes = static_cast<std::size_t>(bytes), .multiprocessors = multiprocessors};
}

}  // namespace

std::unique_ptr<Network> make_network(const PlanRequest& request, const NetworkOptions& options,
                                      Libraries& libraries, SharedConstants& constants) {
  if (options.may_walk) {
    const WalkDevice device = current_device();
    if (const auto schedule = make_schedule(request, device.shared_bytes)) {
      return make_walk_network(request, *schedule, constants);
    }
    if (auto tail = find_tail(request, options.candidates, device)) {
      return std::make_unique<TailNetwork>(request, std::move(*tail), options, libraries,
                                           constants);
    }
  }
  return std::make_unique<StepNetwork>(request, options, libraries, constants);
}

}  // namespace ockham::cuda
