// Element by element: functions of one and of two numbers, and batch norm.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/cuda/activation.h"
#include "runtime/graph/operators/binary.h"
#include "runtime/plan/storage.h"

namespace ockham::cuda {

/// An activation's elements in memory: images of `elements`, channels last in rows of `stored`, of
/// which the first `channels` count. Row-major ones are one row, all of which counts.
struct Elements {
  StoredType type = StoredType::kFloat32;
  std::int64_t elements = 0;
  std::int64_t stored = 0;
  std::int64_t channels = 0;
};

/// y = f(x). Throws Error, as all here do.
void apply_unary(const Activation& function, const Elements& elements, const void* x, void* y,
                 std::int64_t batch, cudaStream_t stream);

/// One side of a binary function.
struct Operand {
  const void* data = nullptr;
  StoredType type = StoredType::kFloat32;
  std::int64_t image = 0;  ///< elements from one image to the next; 0: a constant
  const std::int32_t* table =
      nullptr;  ///< for each position of the result the one read; null: the same
};

/// y = f(f2(a, b)). Activations are of the result's type, constants float32.
void apply_binary(BinaryKind kind, const Activation& behind, const Elements& result,
                  const Operand& a, const Operand& b, void* y, std::int64_t batch,
                  cudaStream_t stream);

/// y = f(x factor[c] + shift[c]), c being `channel_of[position]`.
void apply_affine(const Activation& behind, const Elements& elements, const float* factor,
                  const float* shift, const std::int32_t* channel_of, const void* x, void* y,
                  std::int64_t batch, cudaStream_t stream);

}  // namespace ockham::cuda
