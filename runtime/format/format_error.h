// How a defect of a model file is told: section, field, found, expected.
#pragma once

#include <string>
#include <string_view>

namespace ockham::format {

/// Throws Error(kInvalidModel) "section graph, nodes[3].op: found 9, expected 1 to 7".
[[noreturn]] void refuse(std::string_view section, const std::string& field,
                         const std::string& found, const std::string& expected);

/// "inputs[3]"
std::string indexed(std::string_view list, std::size_t index);

}  // namespace ockham::format
