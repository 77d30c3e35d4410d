// Gelu came to ONNX with opset 20; before, exporters spell it out with Erf.
#pragma once

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

/// Emits Gelu where the node is the last multiplication of x (1 + erf(x / sqrt(2))) / 2, whose
/// factors may come in any order. Otherwise returns false, and nothing has happened.
bool emit_gelu_chain(NodeImport& node);

}  // namespace ockham::converters::onnx_io
