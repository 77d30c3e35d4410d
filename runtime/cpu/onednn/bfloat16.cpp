#include "runtime/cpu/onednn/bfloat16.h"

namespace ockham::cpu::onednn {

bool multiplies_bfloat16(dnnl::cpu_isa instructions) {
  // Each of oneDNN's sets has the bits of all that it includes.
  const auto all = static_cast<unsigned>(instructions);
  const auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  return (all & wanted) == wanted;
}

bool is_fast(std::string_view implementation) {
  return !implementation.empty() && implementation.find("ref") == std::string_view::npos;
}

bool is_fast_in_bfloat16(const dnnl::primitive_desc& description) {
  return description.get(true) != nullptr && is_fast(description.impl_info_str());
}

Standing bfloat16_standing(const PlanRequest& request, std::int64_t macs) {
  constexpr std::int64_t kLarge = 8'000'000;
  if (request.threads > 1) return {Rank::kOnRequest, "threads share own kernels alone"};
  if (macs < kLarge) return {Rank::kOnRequest, "it is too small for oneDNN"};
  return {Rank::kPreferred};
}

}  // namespace ockham::cpu::onednn
