// Pools over the whole of images: global pools, and reductions over height and width.
#pragma once

#include "runtime/graph/operators/pool2d.h"

namespace ockham::converters::onnx_io {

inline Pool2d global_pool(PoolKind kind, const Shape& images) {
  return {.kind = kind, .window = {.kernel = {images[2], images[3]}}};
}

}  // namespace ockham::converters::onnx_io
