// Nodes that read constants only are computed at import. This is what makes out of a network's
// arithmetic on shapes (Shape, Gather, Concat ... Reshape) the numbers that its layers are built
// of.
//
// Integers may be multiples of the batch, which is not known at import (Extent); what would mix
// them with other numbers is refused.
#pragma once

#include <string_view>

#include "converters/onnx/operators/registry.h"

namespace ockham::converters::onnx_io {

/// The rule that computes an operator of ONNX's default domain from constants, or null.
ImportRule find_folding_rule(std::string_view op_type);

}  // namespace ockham::converters::onnx_io
