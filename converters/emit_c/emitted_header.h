// The header.
#pragma once

#include <string>

#include "converters/emit_c/emitted_source.h"
#include "runtime/format/model_file.h"

namespace ockham::converters::c_code {

/// Declarations and sizes, and in comments what the model states of its inputs and itself.
std::string emit_header(const ModelContents& contents, const EmittedNames& names,
                        std::size_t workspace_bytes);

}  // namespace ockham::converters::c_code
