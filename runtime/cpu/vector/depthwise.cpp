#include "runtime/cpu/vector/depthwise.h"

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/depthwise.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// This must come behind it.
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

/// Rows that share a pointer.
constexpr std::int64_t kRowsOfAPointer = 3;

/// Adds the taps of every output, each of which finds its elements by itself.
template <int kOutputs>
HWY_INLINE void add_taps(const DepthwiseRun& run, const float* x, const float* weights,
                         Vector (&sums)[kOutputs]) {
  const Floats d;
  const std::int64_t tap = depthwise_tap(run.channels, kLanes);
  for (std::int64_t row = 0; row < run.rows; ++row) {
    const float* of_tap = x + row * run.x_row;
    const float* weight_of_tap = weights + row * run.w_row;
    for (std::int64_t column = 0; column < run.columns; ++column) {
      const Vector weight = hn::LoadU(d, weight_of_tap);
      OCKHAM_UNROLL
      for (int o = 0; o < kOutputs; ++o) {
        sums[o] = hn::MulAdd(hn::LoadU(d, of_tap + o * run.x_output), weight, sums[o]);
      }
      of_tap += run.x_column;
      weight_of_tap += tap;
    }
  }
}

/// The same where outputs have `kRows` rows of taps and lie `kStride` of them apart: what one reads
/// for its last rows, the next reads for its first.
template <int kOutputs, int kRows, int kStride>
HWY_INLINE void add_shared_taps(const DepthwiseRun& run, const float* x, const float* weights,
                                Vector (&sums)[kOutputs]) {
  constexpr int kReads = (kOutputs - 1) * kStride + kRows;
  constexpr int kPointers = (kReads + kRowsOfAPointer - 1) / kRowsOfAPointer;
  const Floats d;
  const std::int64_t tap = depthwise_tap(run.channels, kLanes);
  const float* reads[kPointers];
  OCKHAM_UNROLL
  for (int i = 0; i < kPointers; ++i) {
    reads[i] = x + i * kRowsOfAPointer * run.x_row;
    OCKHAM_IN_REGISTER(reads[i]);
  }
  for (std::int64_t column = 0; column < run.columns; ++column) {
    Vector weight[kRows];
    OCKHAM_UNROLL
    for (int row = 0; row < kRows; ++row) weight[row] = hn::LoadU(d, weights + row * run.w_row);
    OCKHAM_UNROLL
    for (int at = 0; at < kReads; ++at) {
      const Vector read =
          hn::LoadU(d, reads[at / kRowsOfAPointer] + at % kRowsOfAPointer * run.x_row);
      OCKHAM_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const int o = (at - row) / kStride;
        const bool reads_it = at >= row && (at - row) % kStride == 0 && o < kOutputs;
        if (reads_it) sums[o] = hn::MulAdd(read, weight[row], sums[o]);
      }
    }
    OCKHAM_UNROLL
    for (int i = 0; i < kPointers; ++i) reads[i] += run.x_column;
    weights += tap;
  }
}

/// Element `i` of every output and those behind it that fill a vector; `i` is of channel `channel`.
template <int kOutputs, int kRows, int kStride>
HWY_INLINE void compute_vector(const DepthwiseRun& run, std::int64_t i, std::int64_t channel) {
  const Floats d;
  Vector sums[kOutputs];
  OCKHAM_UNROLL
  for (int o = 0; o < kOutputs; ++o) sums[o] = hn::LoadU(d, run.bias + channel);
  if constexpr (kRows > 0) {
    add_shared_taps<kOutputs, kRows, kStride>(run, run.x + i, run.weights + channel, sums);
  } else {
    add_taps<kOutputs>(run, run.x + i, run.weights + channel, sums);
  }
  float* y = run.y + i;
  OCKHAM_UNROLL
  for (int o = 0; o < kOutputs; ++o) {
    hn::StoreU(cut(sums[o], run.bounds), d, y);
    y += run.y_output;
    OCKHAM_IN_REGISTER(y);
  }
}

/// The elements of an output that are computed as if they were of one pixel: all of its row where
/// its pixels read what lies side by side.
std::int64_t run_length(const DepthwiseRun& run) {
  return run.x_pixel == run.channels ? run.pixels * run.channels : run.channels;
}

/// Where runs are at least a vector long: the last vector overlaps the one before.
template <int kOutputs, int kRows, int kStride>
HWY_NOINLINE void compute_long(const DepthwiseRun& given) {
  DepthwiseRun run = given;  // a copy: no store can change it
  const std::int64_t length = run_length(run), step = kLanes % run.channels;
  const float* const end = run.y + run.pixels * run.channels;
  for (; run.y < end; run.x += run.x_pixel, run.y += length) {
    std::int64_t channel = 0;
    for (std::int64_t i = 0; i + kLanes <= length; i += kLanes) {
      compute_vector<kOutputs, kRows, kStride>(run, i, channel);
      channel += step;
      if (channel >= run.channels) channel -= run.channels;
    }
    if (length % kLanes != 0) {
      const std::int64_t last = length - kLanes;
      compute_vector<kOutputs, kRows, kStride>(run, last, (run.channels - step) % run.channels);
    }
  }
}

using Long = void (*)(const DepthwiseRun&);

/// For each number of outputs.
template <int kRows, int kStride>
constexpr Long kLong[kMostDepthwiseOutputs] = {
    compute_long<1, kRows, kStride>, compute_long<2, kRows, kStride>,
    compute_long<3, kRows, kStride>, compute_long<4, kRows, kStride>,
    compute_long<5, kRows, kStride>, compute_long<6, kRows, kStride>,
    compute_long<7, kRows, kStride>, compute_long<8, kRows, kStride>};

const Long* long_functions(const DepthwiseRun& run) {
  if (run.x_output == run.x_row) {
    if (run.rows == 3) return kLong<3, 1>;
    if (run.rows == 5) return kLong<5, 1>;
  }
  if (run.x_output == 2 * run.x_row && run.rows == 3) return kLong<3, 2>;
  return kLong<0, 0>;
}

/// A run of less than a vector, behind which nothing may be read.
void compute_short(const DepthwiseRun& run, const float* x, float* y) {
  const Floats d;
  const std::int64_t length = run_length(run), tap = depthwise_tap(run.channels, kLanes);
  Vector sum = hn::LoadU(d, run.bias);
  for (std::int64_t row = 0; row < run.rows; ++row) {
    const float* of_tap = x + row * run.x_row;
    const float* weights = run.weights + row * run.w_row;
    for (std::int64_t column = 0; column < run.columns; ++column) {
      sum = hn::MulAdd(load_first(of_tap, length), hn::LoadU(d, weights), sum);
      of_tap += run.x_column;
      weights += tap;
    }
  }
  store_first(cut(sum, run.bounds), y, length);
}

}  // namespace

void run_depthwise(const DepthwiseRun& run) {
  const std::int64_t length = run_length(run);
  if (length >= kLanes) return long_functions(run)[run.outputs - 1](run);
  for (std::int64_t output = 0; output < run.outputs; ++output) {
    const float* x = run.x + output * run.x_output;
    float* y = run.y + output * run.y_output;
    for (std::int64_t i = 0; i < run.pixels * run.channels; i += length, x += run.x_pixel) {
      compute_short(run, x, y + i);
    }
  }
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
