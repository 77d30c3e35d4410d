#include "runtime/cuda/walk/walk_kernel.h"

#include <algorithm>

#include "runtime/cuda/walk/walk.h"

namespace ockham::cuda {
namespace {

constexpr int kMostThreads = 512;

// ---- copies that go on in the background ----

template <int kBytes>
__device__ void start_copy(Word* to, const void* from) {
  const auto shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  if constexpr (kBytes == 16) {  // past the L1 cache
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared), "l"(from) : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(shared), "l"(from) : "memory");
  }
}

__device__ void await_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

__device__ bool is_aligned(const void* pointer) {
  return (reinterpret_cast<std::uintptr_t>(pointer) & 15u) == 0;
}

/// Copies words to shared memory, four at a time where both sides are aligned.
__device__ void start_copies(Word* to, const Word* from, int words, const WalkThread& thread) {
  const int fours = is_aligned(from) && is_aligned(to) ? words / 4 : 0;
  for (int i = thread.index; i < fours; i += thread.count) start_copy<16>(to + 4 * i, from + 4 * i);
  for (int i = fours * 4 + thread.index; i < words; i += thread.count) {
    start_copy<4>(to + i, from + i);
  }
}

__device__ void zero(Word* memory, int words, const WalkThread& thread) {
  auto* fours = reinterpret_cast<uint4*>(memory);
  for (int i = thread.index; i < words / 4; i += thread.count) fours[i] = uint4{};
}

// ---- one image ----

__device__ void load_inputs(const DeviceWalk& walk, const WalkArrays& arrays, std::int64_t image,
                            Word* memory, const WalkThread& thread) {
  for (int i = 0; i < walk.input_count; ++i) {
    const WalkInput& port = walk.inputs[i];
    const auto* from = reinterpret_cast<const Word*>(arrays.inputs[i] + image * port.elements);
    if (port.is_plain) {
      start_copies(memory + port.place.address, from, port.elements, thread);
      continue;
    }
    for (int k = thread.index; k < port.elements; k += thread.count) {
      start_copy<4>(memory + address_of(port, k), from + k);
    }
  }
}

__device__ void store_outputs(const DeviceWalk& walk, const WalkArrays& arrays, std::int64_t image,
                              const Word* memory, const WalkThread& thread) {
  for (int i = 0; i < walk.output_count; ++i) {
    const WalkOutput& port = walk.outputs[i];
    float* output = arrays.outputs[i] + image * port.elements;
    for (int k = thread.index; k < port.elements; k += thread.count) {
      output[k] = read(memory, port.address + k);
    }
  }
}

/// One block for each image, as far as the device runs so many at once; then each has several, one
/// after the other.
__global__ void __launch_bounds__(kMostThreads, 1)
    walk_kernel(const __grid_constant__ DeviceWalk walk, const __grid_constant__ WalkArrays arrays,
                std::int64_t batch) {
  extern __shared__ uint4 shared[];
  Word* memory = reinterpret_cast<Word*>(shared);
  const WalkThread thread{static_cast<int>(threadIdx.x), static_cast<int>(blockDim.x)};
  Word* parameters = memory + walk.activation_words;
  const auto* steps = reinterpret_cast<const WalkStep*>(parameters);

  start_copies(parameters, walk.parameters, walk.parameter_words, thread);
  if (walk.zeroed_words > 0) {
    zero(memory, walk.zeroed_words, thread);
    __syncthreads();
  }
  for (std::int64_t image = blockIdx.x; image < batch; image += gridDim.x) {
    load_inputs(walk, arrays, image, memory, thread);
    await_copies();
    __syncthreads();
    for (int step = 0; step < walk.steps; ++step) {
      run(steps[step], memory, thread);
      __syncthreads();
    }
    store_outputs(walk, arrays, image, memory, thread);
    __syncthreads();
  }
}

/// Blocks that the current device runs at once.
cudaError_t count_blocks(const Schedule& schedule, std::int32_t& blocks) {
  int device = 0, processors = 0, per_processor = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) {
    error = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  }
  if (error == cudaSuccess) {
    error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(
        &per_processor, walk_kernel, schedule.threads, schedule.shared_bytes());
  }
  blocks = processors * per_processor;
  return error == cudaSuccess && blocks == 0 ? cudaErrorInvalidConfiguration : error;
}

}  // namespace

cudaError_t prepare_walk(const Schedule& schedule, const Word* parameters, DeviceWalk& walk) {
  // All walks of a process share the kernel and its attribute, which must be enough for each.
  int device = 0, most_shared = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) {
    error = cudaDeviceGetAttribute(&most_shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  }
  if (error == cudaSuccess) {
    error =
        cudaFuncSetAttribute(walk_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, most_shared);
  }
  if (error != cudaSuccess) return error;

  walk = {.parameters = parameters,
          .parameter_words = static_cast<std::int32_t>(schedule.parameters.size()),
          .activation_words = schedule.activation_words,
          .zeroed_words = schedule.zeroed_words,
          .steps = static_cast<std::int32_t>(schedule.steps.size()),
          .threads = schedule.threads,
          .input_count = static_cast<std::int32_t>(schedule.inputs.size()),
          .output_count = static_cast<std::int32_t>(schedule.outputs.size())};
  std::ranges::copy(schedule.inputs, walk.inputs);
  std::ranges::copy(schedule.outputs, walk.outputs);
  return count_blocks(schedule, walk.most_blocks);
}

cudaError_t launch_walk(const DeviceWalk& walk, const WalkArrays& arrays, std::int64_t batch,
                        cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(batch, walk.most_blocks));
  const std::size_t shared_bytes =
      static_cast<std::size_t>(walk.activation_words + walk.parameter_words) * sizeof(Word);
  walk_kernel<<<blocks, static_cast<unsigned>(walk.threads), shared_bytes, stream>>>(walk, arrays,
                                                                                     batch);
  return cudaGetLastError();
}

}  // namespace ockham::cuda
