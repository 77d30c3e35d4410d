#include "converters/emit_c/operators/convolution_tile.h"

#include <algorithm>
#include <limits>

#include "runtime/graph/divide_up.h"

namespace ockham::converters::c_code {
namespace {

/// Of the vectors that tiles are made for. Narrower ones take two or more in place of one.
constexpr std::int64_t kLanes = 8;
/// Sums that gcc keeps in the sixteen registers of AVX2 beside what they are made from.
constexpr std::int64_t kMostSums = 10 * kLanes;
/// gcc unrolls a loop of up to 16 rounds before it looks for vectors, where its body is small, and
/// then finds none.
constexpr std::int64_t kFewestSums = 48, kUnrolledRounds = 16;
constexpr double kWithoutVectors = 6.0;

// In halves of a cycle, as two multiply-adds or two loads start in one.
constexpr double kLatencyOfSum = 10.0;    ///< a sum takes its next product so much later
constexpr double kPerTile = 20.0;         ///< to start, and to end
constexpr double kPerScatteredSum = 3.0;  ///< filters are stored one by one

/// Instructions for so many numbers side by side: whole vectors, half a vector, single ones.
std::int64_t vectors(std::int64_t count) {
  constexpr std::int64_t kHalf = kLanes / 2;
  return count / kLanes + count % kLanes / kHalf + count % kHalf;
}

bool has_vectors(const ConvolutionTile& tile, std::int64_t innermost) {
  return innermost > kUnrolledRounds || tile.sums() >= kFewestSums;
}

double time_of(const ConvolutionTile& tile, const ConvolutionProblem& problem) {
  const bool along_columns = tile.axis == VectorAxis::kColumns;
  const std::int64_t innermost = along_columns ? tile.columns : tile.filters;
  const std::int64_t pixels = tile.rows * (along_columns ? vectors(tile.columns) : tile.columns);
  const std::int64_t filters = along_columns ? tile.filters : vectors(tile.filters);
  const std::int64_t shuffles = along_columns && problem.column_stride > 1 ? 3 * pixels : 0;
  double per_tap = std::max({static_cast<double>(pixels * filters),
                             static_cast<double>(pixels + filters + shuffles), kLatencyOfSum});
  if (!has_vectors(tile, innermost)) per_tap *= kWithoutVectors;
  const double scattered =
      along_columns ? 0.0 : kPerScatteredSum * static_cast<double>(tile.sums());
  const std::int64_t tiles = divide_up(problem.rows, tile.rows) *
                             divide_up(problem.columns, tile.columns) *
                             divide_up(problem.filters, tile.filters);
  return static_cast<double>(tiles) *
         (static_cast<double>(problem.taps) * per_tap + kPerTile + scattered);
}

}  // namespace

ConvolutionTile choose_tile(const ConvolutionProblem& problem) {
  ConvolutionTile best;
  double lowest = std::numeric_limits<double>::infinity();
  const std::int64_t step = problem.pools ? 2 : 1;
  for (const VectorAxis axis : {VectorAxis::kColumns, VectorAxis::kFilters}) {
    for (std::int64_t rows = step; rows <= problem.rows; rows += step) {
      for (std::int64_t columns = step; columns <= problem.columns; columns += step) {
        if (rows * columns > kMostSums) break;
        for (std::int64_t filters = 1; filters <= problem.filters; ++filters) {
          const ConvolutionTile tile{axis, rows, columns, filters};
          if (tile.sums() > kMostSums) break;
          const double time = time_of(tile, problem);
          if (time >= lowest) continue;
          lowest = time;
          best = tile;
        }
      }
      if (rows > kMostSums) break;
    }
  }
  return best;
}

}  // namespace ockham::converters::c_code
