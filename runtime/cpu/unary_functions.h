// The functions of Unary, of whole rows of elements.
#pragma once

#include "runtime/cpu/vector/unary.h"

namespace ockham::cpu {

/// Of a known kind; on the widest vectors where it is written for them.
UnaryFunction unary_function(UnaryKind kind);

}  // namespace ockham::cpu
