#include "runtime/cuda/elements.cuh"
#include "runtime/cuda/move_elements.h"

namespace ockham::cuda {
namespace {

template <class From, class To>
__global__ void move(const From* from, std::int64_t from_size, To* to, std::int64_t to_size,
                     const std::int32_t* table, float filling, std::int64_t batch) {
  for (std::int64_t n = blockIdx.y; n < batch; n += gridDim.y) {
    for (std::int64_t i = thread_index(); i < to_size; i += thread_count()) {
      const std::int32_t source = table[i];
      if (source == kNotMoved) continue;
      float x = source == kMovedFilling ? filling : 0.0f;
      if (source >= 0) x = to_float(from[n * from_size + source]);
      to[n * to_size + i] = from_float<To>(x);
    }
  }
}

}  // namespace

void move_elements(const Movement& movement, cudaStream_t stream) {
  const dim3 grid(blocks_for(movement.to_side.elements),
                  static_cast<unsigned>(std::min(movement.batch, kMostBlocks)));
  with_type(movement.from_side.type, [&](auto from) {
    with_type(movement.to_side.type, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      move<<<grid, kBlock, 0, stream>>>(static_cast<const From*>(movement.from),
                                        movement.from_side.elements, static_cast<To*>(movement.to),
                                        movement.to_side.elements, movement.table, movement.filling,
                                        movement.batch);
    });
  });
  check_launch("moving elements");
}

}  // namespace ockham::cuda
