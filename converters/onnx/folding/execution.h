// Computes nodes that read constants only, whatever their operator: the node's own import rule puts
// it into a small graph, whose inputs stand for the constants, and the reference executor runs
// that, in double.
//
// What has a rule of its own in folding/registry.h is not computed here: arithmetic on shapes,
// which may depend on the batch, and what only moves elements or changes their type.
#pragma once

#include "converters/onnx/import_node.h"
#include "converters/onnx/operators/registry.h"

namespace ockham::converters::onnx_io {

/// Binds the outputs of `node`, all of whose inputs are constants, to what `rule` makes of them.
/// The first axis of a constant takes the place of the batch. Integers stay integers. Throws Error:
/// what the rule throws; kUnsupported when the node would take too long, or integers meet the
/// batch, are too large or give fractions; kOutOfMemory.
void fold_by_execution(const FileNode& node, ImportRule rule, ImportState& state);

}  // namespace ockham::converters::onnx_io
