// The inner loop of a matrix product: a small block of sums, kept in registers.
#pragma once

#include <cstdint>

namespace ockham::converters {

/// A block of sums has this many rows, and this many columns: two vectors of 32 bytes.
inline constexpr std::int64_t kBlockRows = 6;
template <class T>
inline constexpr std::int64_t kBlockColumns = 64 / sizeof(T);

/// sums[r][c] += a[k][r] * b[k][c] for k = 0, 1, ... `depth` - 1, one term after the other, product
/// and sum rounded each: what the naive loop computes, bit for bit. `a` has kBlockRows elements for
/// each k, one k behind the other; `b` has kBlockColumns, `b_stride` elements from one k to the
/// next; `sums` is row-major.
void add_block_product(std::int64_t depth, const float* a, const float* b, std::int64_t b_stride,
                       float* sums);
void add_block_product(std::int64_t depth, const double* a, const double* b, std::int64_t b_stride,
                       double* sums);

}  // namespace ockham::converters
