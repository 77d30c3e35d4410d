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

/// The same where outputs lie as far apart as `kRows` rows of taps do: what one reads for its
/// second row, the next reads for its first.
template <int kOutputs, int kRows>
HWY_INLINE void add_shared_taps(const DepthwiseRun& run, const float* x, const float* weights,
                                Vector (&sums)[kOutputs]) {
  const Floats d;
  const std::int64_t tap = depthwise_tap(run.channels, kLanes);
  for (std::int64_t column = 0; column < run.columns; ++column) {
    Vector weight[kRows];
    OCKHAM_UNROLL
    for (int row = 0; row < kRows; ++row) weight[row] = hn::LoadU(d, weights + row * run.w_row);
    OCKHAM_UNROLL
    for (int at = 0; at < kOutputs + kRows - 1; ++at) {
      const Vector read = hn::LoadU(d, x + at * run.x_row);
      OCKHAM_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const int o = at - row;
        if (o >= 0 && o < kOutputs) sums[o] = hn::MulAdd(read, weight[row], sums[o]);
      }
    }
    x += run.x_column;
    weights += tap;
  }
}

/// Element `i` of every output and those behind it that fill a vector; `i` is of channel `channel`.
template <int kOutputs, int kSharedRows>
HWY_INLINE void compute_vector(const DepthwiseRun& run, std::int64_t i, std::int64_t channel) {
  const Floats d;
  Vector sums[kOutputs];
  OCKHAM_UNROLL
  for (int o = 0; o < kOutputs; ++o) sums[o] = hn::LoadU(d, run.bias + channel);
  if constexpr (kSharedRows > 0) {
    add_shared_taps<kOutputs, kSharedRows>(run, run.x + i, run.weights + channel, sums);
  } else {
    add_taps<kOutputs>(run, run.x + i, run.weights + channel, sums);
  }
  OCKHAM_UNROLL
  for (int o = 0; o < kOutputs; ++o) {
    hn::StoreU(cut(sums[o], run.bounds), d, run.y + o * run.y_output + i);
  }
}

/// A run of at least a vector: its last vector overlaps the one before.
template <int kOutputs, int kSharedRows>
HWY_NOINLINE void compute_long(const DepthwiseRun& run) {
  const std::int64_t step = kLanes % run.channels;
  std::int64_t channel = 0;
  for (std::int64_t i = 0; i + kLanes <= run.length; i += kLanes) {
    compute_vector<kOutputs, kSharedRows>(run, i, channel);
    channel += step;
    if (channel >= run.channels) channel -= run.channels;
  }
  if (run.length % kLanes != 0) {
    const std::int64_t last = run.length - kLanes;
    compute_vector<kOutputs, kSharedRows>(run, last, (run.channels - step) % run.channels);
  }
}

using Long = void (*)(const DepthwiseRun&);

/// For each number of outputs.
template <int kSharedRows>
constexpr Long kLong[kMostDepthwiseOutputs] = {
    compute_long<1, 0>,           compute_long<2, kSharedRows>, compute_long<3, kSharedRows>,
    compute_long<4, kSharedRows>, compute_long<5, kSharedRows>, compute_long<6, kSharedRows>,
    compute_long<7, kSharedRows>, compute_long<8, kSharedRows>};

/// A run of less than a vector, behind which nothing may be read.
void compute_short(const DepthwiseRun& run, std::int64_t output) {
  const Floats d;
  const std::int64_t tap = depthwise_tap(run.channels, kLanes);
  Vector sum = hn::LoadU(d, run.bias);
  for (std::int64_t row = 0; row < run.rows; ++row) {
    const float* x = run.x + output * run.x_output + row * run.x_row;
    const float* weights = run.weights + row * run.w_row;
    for (std::int64_t column = 0; column < run.columns; ++column) {
      sum = hn::MulAdd(load_first(x, run.length), hn::LoadU(d, weights), sum);
      x += run.x_column;
      weights += tap;
    }
  }
  store_first(cut(sum, run.bounds), run.y + output * run.y_output, run.length);
}

}  // namespace

void run_depthwise(const DepthwiseRun& run) {
  if (run.length < kLanes) {
    for (std::int64_t output = 0; output < run.outputs; ++output) compute_short(run, output);
    return;
  }
  const bool shares = run.x_output == run.x_row;
  const auto& functions = shares && run.rows == 3   ? kLong<3>
                          : shares && run.rows == 5 ? kLong<5>
                                                    : kLong<0>;
  functions[run.outputs - 1](run);
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
