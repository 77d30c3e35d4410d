// A layer's weights in the layout that a oneDNN primitive wants.
#pragma once

#include <dnnl.hpp>
#include <memory>

#include "runtime/cpu/packed_weights.h"
#include "runtime/cpu/weight_rows.h"

namespace ockham::cpu::onednn {

/// Where a kernel's weights come from.
struct WeightSource {
  WeightRows rows;
  dnnl::memory::desc plain;  ///< of all rows, one after the other, in their type
};

/// Weights and biases of one primitive, in one block.
struct PackedLayer {
  std::shared_ptr<const AlignedBuffer> block;
  dnnl::memory weight, bias;
};

/// As the primitive wants them.
PackedLayer pack(const WeightSource& source, const dnnl::primitive_desc& primitive,
                 PackedWeights& weights);

}  // namespace ockham::cpu::onednn
