// Where oneDNN computes in bfloat16 as fast as a processor can.
#pragma once

#include <dnnl.hpp>
#include <string_view>

#include "runtime/plan/candidate.h"

namespace ockham::cpu::onednn {

/// Whether the instructions multiply bfloat16 (AVX512-BF16 or AMX). Others convert, or loop
/// naively.
bool multiplies_bfloat16(dnnl::cpu_isa instructions);

/// Whether an implementation, by the name that oneDNN gives it, is more than naive loops.
bool is_fast(std::string_view implementation);

/// Whether oneDNN runs this on this machine so: a description that may be empty.
bool is_fast_in_bfloat16(const dnnl::primitive_desc& description);

/// How it stands for a layer of so many MACs that it can run so. By what float32 taught, where it
/// gains from layers of this size on: no processor with such instructions has been measured yet.
Standing bfloat16_standing(const PlanRequest& request, std::int64_t macs);

}  // namespace ockham::cpu::onednn
