// Nodes that read constants only are computed at import. This is what makes out of a network's
// arithmetic on shapes (Shape, Gather, Concat ... Reshape) the numbers that its layers are built
// of.
//
// Integers may be multiples of the batch, which is not known at import (Extent); what would mix
// them with other numbers is refused.
//
// Listed here is what integers need (arithmetic, what may depend on the batch) and what moves,
// converts or passes on elements, along any axis. All else is run: execution.h.
#pragma once

#include <string_view>

#include "converters/onnx/operators/registry.h"

namespace ockham::converters::onnx_io {

/// The rule of its own by which an operator of ONNX's default domain is computed from constants,
/// or null.
ImportRule find_folding_rule(std::string_view op_type);

}  // namespace ockham::converters::onnx_io
