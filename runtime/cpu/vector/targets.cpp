#include "runtime/cpu/vector/targets.h"

#include <algorithm>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/targets.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// Highway's own must come behind it.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {

// Each in the file of its subject.
void run_tiles(const TileRun& run);
void run_depthwise(const DepthwiseRun& run);
void run_planar(const PlanarRows& rows);
UnaryFunction unary_function(UnaryKind kind);
void rows_maximum(const RowsMaximum& rows);
void columns_maximum(const ColumnsMaximum& columns);
void softmax_columns(const SoftmaxColumns& columns);
void softmax_line(const SoftmaxLine& line);
void accumulate(const AccumulatedRows& rows);
void winograd_input(const WinogradInput& tile);
bool winograd_output(const WinogradOutput& tile);
void winograd_filters(const WinogradFilters& tile);

VectorTarget target() {
  constexpr const char* kName = HWY_TARGET == HWY_AVX3   ? "avx512"
                                : HWY_TARGET == HWY_AVX2 ? "avx2"
                                : HWY_TARGET == HWY_NEON ? "neon"
                                                         : "portable";
  return {kName,          HWY_LANES(float), run_tiles,       run_depthwise,   run_planar,
          unary_function, rows_maximum,     columns_maximum, softmax_columns, softmax_line,
          accumulate,     winograd_input,   winograd_output, winograd_filters};
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ockham::cpu {
namespace {

#if HWY_ARCH_X86
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512cd");
}
#endif

std::vector<VectorTarget> present_targets() {
  std::vector<VectorTarget> present;
#if (HWY_TARGETS & HWY_AVX3) && HWY_STATIC_TARGET != HWY_AVX3
  if (has_avx512()) present.push_back(N_AVX3::target());
#endif
#if (HWY_TARGETS & HWY_AVX2) && HWY_STATIC_TARGET != HWY_AVX2
  if (has_avx2()) present.push_back(N_AVX2::target());
#endif
  present.push_back(HWY_STATIC_DISPATCH(target)());
  return present;
}

/// Narrower vectors than this are not chosen because elements are few.
constexpr std::int64_t kWorthwhileLanes = 8;

}  // namespace

std::span<const VectorTarget> vector_targets() {
  static const std::vector<VectorTarget> present = present_targets();
  return present;
}

const VectorTarget& vector_target(std::int64_t elements) {
  const auto targets = vector_targets();
  std::size_t chosen = 0;
  while (chosen + 1 < targets.size() && targets[chosen + 1].lanes >= kWorthwhileLanes &&
         elements <= targets[chosen + 1].lanes) {
    ++chosen;
  }
  return targets[chosen];
}

const VectorTarget* vector_target_within(std::int64_t elements) {
  const auto targets = vector_targets();
  const std::int64_t least = std::clamp<std::int64_t>(targets.front().lanes, 2, kWorthwhileLanes);
  const auto found = std::ranges::find_if(targets, [&](const VectorTarget& target) {
    return target.lanes >= least && target.lanes <= elements;
  });
  return found == targets.end() ? nullptr : &*found;
}

std::int64_t padded_channels(const VectorTarget& target, std::int64_t channels) {
  return (channels + target.lanes - 1) / target.lanes * target.lanes;
}

}  // namespace ockham::cpu
#endif
