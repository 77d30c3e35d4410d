// Types of a value's elements.
#pragma once

#include <cstdint>

namespace ockham {

/// Numbers are those of the model file. All is computed in float32. An int64 is a whole number
/// small enough to be exact in one: it is computed as such and becomes an int64 where the network
/// hands it out (the C interface, .npy files, ONNX).
enum class ElementType : std::uint8_t { kFloat32 = 1, kInt64 = 2 };

}  // namespace ockham
