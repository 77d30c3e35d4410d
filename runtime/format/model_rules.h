// The rules that a model's contents obey, in a file and in memory, beyond those of its structure.
#pragma once

#include "runtime/format/model_file.h"

namespace ockham::format {

/// Validates the graph, and checks preprocessing, self-test and provenance against it. Throws
/// Error(kInvalidModel) naming section, field, found and expected. Called on writing and on
/// reading.
void check_model(const ModelContents& contents);

}  // namespace ockham::format
