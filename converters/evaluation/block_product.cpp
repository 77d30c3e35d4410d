#include "converters/evaluation/block_product.h"

#include "runtime/graph/instruction_sets.h"

namespace ockham::converters {
namespace {

constexpr std::int64_t kVectorBytes = 32;
constexpr int kVectors = 2;  ///< in a row of a block

/// Vectors that lie anywhere in arrays of numbers.
template <class T>
struct Lanes {
  typedef T Vector __attribute__((vector_size(kVectorBytes), aligned(alignof(T)), may_alias));
};

/// Inlined into each function below, and so compiled for each of its instruction sets. All loops
/// but that over k are unrolled, so that the sums stay in registers.
template <class T>
[[gnu::always_inline]] inline void add_products(std::int64_t depth, const T* a, const T* b,
                                                std::int64_t b_stride, T* sums) {
  static_assert(kBlockColumns<T> * sizeof(T) == kVectors * kVectorBytes);
  using Vector = typename Lanes<T>::Vector;
  auto* out = reinterpret_cast<Vector*>(sums);
  Vector block[kBlockRows][kVectors];
#pragma GCC unroll 6
  for (int r = 0; r < kBlockRows; ++r) {
    block[r][0] = out[kVectors * r];
    block[r][1] = out[kVectors * r + 1];
  }
  for (std::int64_t k = 0; k < depth; ++k, a += kBlockRows, b += b_stride) {
    const auto* columns = reinterpret_cast<const Vector*>(b);
    const Vector left = columns[0], right = columns[1];
#pragma GCC unroll 6
    for (int r = 0; r < kBlockRows; ++r) {
      block[r][0] += a[r] * left;
      block[r][1] += a[r] * right;
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < kBlockRows; ++r) {
    out[kVectors * r] = block[r][0];
    out[kVectors * r + 1] = block[r][1];
  }
}

}  // namespace

OCKHAM_FOR_EACH_ISA
void add_block_product(std::int64_t depth, const float* a, const float* b, std::int64_t b_stride,
                       float* sums) {
  add_products(depth, a, b, b_stride, sums);
}

OCKHAM_FOR_EACH_ISA
void add_block_product(std::int64_t depth, const double* a, const double* b, std::int64_t b_stride,
                       double* sums) {
  add_products(depth, a, b, b_stride, sums);
}

}  // namespace ockham::converters
