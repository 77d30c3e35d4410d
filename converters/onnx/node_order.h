// In which order the nodes of a graph are imported.
#pragma once

#include <vector>

#include "onnx_schema/onnx.pb.h"

namespace ockham::converters::onnx_io {

/// Indices of the nodes, each behind those whose outputs it reads, and else in the order of the
/// file. The values' names are those of one definition each. Throws Error(kInvalidModel) naming a
/// node that depends on itself.
std::vector<int> nodes_in_order(const ::onnx::GraphProto& graph);

}  // namespace ockham::converters::onnx_io
