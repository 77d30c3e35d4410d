// Transposes of matrices of floats: what brings NCHW into NHWC, and back.
#pragma once

#include <cstdint>

namespace ockham::cpu {

/// dst[column, row] = src[row, column]: `src` is a row-major [rows, columns] matrix, `dst` a
/// row-major [columns, rows] matrix elsewhere in memory.
void transpose(const float* src, float* dst, std::int64_t rows, std::int64_t columns);

}  // namespace ockham::cpu
