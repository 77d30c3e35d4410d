// From ONNX's graph to ours.
#pragma once

#include "converters/onnx/onnx.h"
#include "converters/onnx/tensor.h"
#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/graph.h"

namespace ockham::converters::onnx_io {

/// Applies the import rule of each node that the outputs need, for this version of the default
/// domain, and validates the result. Nodes whose inputs are all constants are computed instead,
/// calls of local functions are replaced by what they consist of, and an If whose condition is
/// known by its branch. Throws Error.
Graph import_graph(const ::onnx::ModelProto& model, std::int64_t opset,
                   const ImportOptions& options, TensorReader& reader, MemoryBudget& budget);

}  // namespace ockham::converters::onnx_io
