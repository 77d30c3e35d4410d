// --shape: "NAME=1,3,224,224".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ockham::converters {

/// Shapes of inputs by name, the batch first; N for the batch is read as -1. Names may hold '='.
/// Throws Error(kInvalidArgument) when a text has another form, or a name comes twice.
std::map<std::string, std::vector<std::int64_t>> parse_shapes(
    const std::vector<std::string>& texts);

}  // namespace ockham::converters
