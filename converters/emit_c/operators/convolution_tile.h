// How many outputs of a convolution are summed up side by side, so that they stay in registers.
#pragma once

#include <cstdint>

namespace ockham::converters::c_code {

/// Along what compilers are to lay vectors: the innermost loop's axis.
enum class VectorAxis { kColumns, kFilters };

struct ConvolutionTile {
  VectorAxis axis = VectorAxis::kColumns;
  std::int64_t rows = 1, columns = 1, filters = 1;

  std::int64_t sums() const { return rows * columns * filters; }
};

/// The outputs of one group, and what each sums up.
struct ConvolutionProblem {
  std::int64_t rows, columns, filters;
  std::int64_t taps;
  std::int64_t column_stride;
  bool pools;  ///< squares of 2x2 become one behind it: rows and columns are even
};

/// The tile with the lowest estimated time. No larger than the outputs on any axis.
ConvolutionTile choose_tile(const ConvolutionProblem& problem);

}  // namespace ockham::converters::c_code
