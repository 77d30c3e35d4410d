// Resize by cubic interpolation, spelled out: one axis after the other, four picked and weighted
// positions of it added up.
#pragma once

#include "converters/onnx/operators/node_chain.h"
#include "runtime/graph/operators/resize.h"

namespace ockham::converters::onnx_io {

struct CubicResize {
  Resize geometry;                ///< sizes, scales and coordinates
  float coefficient = -0.75f;     ///< ONNX's cubic_coeff_a
  bool excludes_outside = false;  ///< positions beyond the image weigh nothing; else its border
};

/// Adds to the chain, whose value are images.
void add_cubic_resize(NodeImport& node, NodeChain& chain, const CubicResize& resize);

}  // namespace ockham::converters::onnx_io
