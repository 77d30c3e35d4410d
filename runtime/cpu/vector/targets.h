// VectorTarget: a kind of vector that this machine computes with, and what is written for it.
//
// Each file of this folder that includes foreach_target.h is compiled once for every kind; here is
// how the rest of the library finds the results.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/graph/operators/unary.h"

namespace ockham::cpu {

struct TileRun;
struct DepthwiseRun;
struct PlanarRows;
struct UnaryRow;
struct RowsMaximum;
struct ColumnsMaximum;
struct SoftmaxColumns;
struct SoftmaxLine;
struct AccumulatedRows;
struct WinogradInput;
struct WinogradOutput;
struct WinogradFilters;
/// Neither throws nor allocates.
using UnaryFunction = void (*)(const UnaryRow& row);

struct VectorTarget {
  const char* name;    ///< "avx512", "avx2", "neon", "portable"
  std::int64_t lanes;  ///< floats in a vector
  // These neither throw nor allocate.
  void (*run_tiles)(const TileRun& run);            ///< tiles.h
  void (*run_depthwise)(const DepthwiseRun& run);   ///< depthwise.h
  void (*run_planar)(const PlanarRows& rows);       ///< planar.h
  UnaryFunction (*unary_function)(UnaryKind kind);  ///< unary.h; null where none is written
  void (*rows_maximum)(const RowsMaximum& rows);    ///< maximum.h
  void (*columns_maximum)(const ColumnsMaximum& columns);
  void (*softmax_columns)(const SoftmaxColumns& columns);  ///< softmax.h
  void (*softmax_line)(const SoftmaxLine& line);
  void (*accumulate)(const AccumulatedRows& rows);      ///< accumulate.h
  void (*winograd_input)(const WinogradInput& tile);    ///< winograd.h
  bool (*winograd_output)(const WinogradOutput& tile);  ///< whether all outputs are finite
  void (*winograd_filters)(const WinogradFilters& tile);
};

/// Those of this build that this machine has, widest first; never empty.
std::span<const VectorTarget> vector_targets();

/// The one for loops over so many elements: the widest, or a narrower one of at least 8 lanes where
/// a single vector of it holds them all.
const VectorTarget& vector_target(std::int64_t elements);

/// The one for loops over at least a vector: the widest whose vectors are no longer than so many
/// elements, or null where they are fewer than any that is worthwhile.
const VectorTarget* vector_target_within(std::int64_t elements);

/// `channels` rounded up to whole vectors.
std::int64_t padded_channels(const VectorTarget& target, std::int64_t channels);

}  // namespace ockham::cpu
