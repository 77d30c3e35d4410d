// The list of ONNX operators that can be imported.
#pragma once

#include <string>
#include <string_view>

#include "converters/onnx/import_node.h"

namespace ockham::converters::onnx_io {

using ImportRule = void (*)(NodeImport& node);

/// The rule for an operator of ONNX's default domain, or null.
ImportRule find_import_rule(std::string_view op_type);

/// The domain of ONNX Runtime's own operators, and the rule for one of them, or null.
inline constexpr std::string_view kMicrosoftDomain = "com.microsoft";
ImportRule find_microsoft_rule(std::string_view op_type);

/// Why an operator without a rule is refused, and what to do or what is supported.
std::string refusal_of(std::string_view domain, std::string_view op_type);

/// "Add, AveragePool, ...", for messages.
std::string supported_operators();

}  // namespace ockham::converters::onnx_io
