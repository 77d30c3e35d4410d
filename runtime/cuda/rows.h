// Operators along one axis or over several, on row-major float32: one thread for each result.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "runtime/graph/operators/arg_extreme.h"
#include "runtime/graph/operators/reduce.h"
#include "runtime/graph/operators/softmax.h"
#include "runtime/graph/operators/top_k.h"
#include "runtime/graph/shape.h"

namespace ockham::cuda {

/// An image as lines along an axis: element k of line (o, i) is number (o extent + k) inner + i.
struct AxisLines {
  std::int64_t outer = 1, extent = 1, inner = 1;
};

// All throw Error. x and y hold images one behind the other; `outer` counts all images' lines.

void softmax(SoftmaxKind kind, const AxisLines& lines, const float* x, float* y,
             cudaStream_t stream);

/// Writes outer x inner indices.
void arg_extreme(ArgKind kind, bool takes_last, const AxisLines& lines, const float* x, float* y,
                 cudaStream_t stream);

struct TopOfLine {
  std::int64_t count = 1;
  bool largest = true;
  TopKOutput gives = TopKOutput::kValues;
};

/// Writes outer x count x inner elements.
void top_k(const TopOfLine& top, const AxisLines& lines, const float* x, float* y,
           cudaStream_t stream);

/// Axes of an image that are reduced and kept; extents and strides in elements, last axis first.
struct ReducedAxes {
  std::int32_t reduced = 0, kept = 0;  ///< how many
  std::int64_t reduced_extent[kMaxRank] = {}, reduced_stride[kMaxRank] = {};
  std::int64_t kept_extent[kMaxRank] = {}, kept_stride[kMaxRank] = {};
  std::int64_t count = 1;    ///< elements that make one result
  std::int64_t results = 1;  ///< of one image
  std::int64_t image = 1;    ///< elements of one image of x
};

void reduce(ReduceKind kind, const ReducedAxes& axes, const float* x, float* y, std::int64_t batch,
            cudaStream_t stream);

struct ChannelNorm {
  std::int64_t channels = 1, pixels = 1;
  std::int64_t before = 0, behind = 0;  ///< neighbours that count
  float alpha_share = 0.0f;             ///< alpha / size
  float beta = 0.75f, bias = 1.0f;
};

/// Local response normalisation.
void normalise_locally(const ChannelNorm& norm, const float* x, float* y, std::int64_t batch,
                       cudaStream_t stream);

/// What is summed for each output position of one axis.
struct AxisTaps {
  const std::int32_t* pixel = nullptr;  ///< [out, taps]
  const double* weight = nullptr;       ///< [out, taps]
  const std::int32_t* count = nullptr;  ///< [out]: how many taps count; 0 for a position outside
  std::int32_t taps = 0;                ///< most of a position
  std::int32_t in = 0, out = 0;
};

/// Resizes planes by sums of rows and columns; positions outside become `outside`.
void resize(const AxisTaps& rows, const AxisTaps& columns, float outside, const float* x, float* y,
            std::int64_t planes, cudaStream_t stream);

/// `scale` and `zero` have one number, or one for each position of the axis.
void fake_quantize(const AxisLines& lines, bool per_axis, float least, float most,
                   const float* scale, const float* zero, const float* x, float* y,
                   cudaStream_t stream);

}  // namespace ockham::cuda
