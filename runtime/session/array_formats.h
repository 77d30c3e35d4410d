// What a session's options say of the caller's arrays.
#pragma once

#include "runtime/session/session.h"

namespace ockham {

/// Checks the options' formats, and fills in the model's preprocessing where they leave it open.
/// Throws Error: kInvalidArgument naming the input or output, kUnsupported where the device takes
/// the graph's arrays alone.
void settle_formats(SessionOptions& options, const ModelContents& contents);

/// Whether all arrays of a run are as in the graph.
bool takes_graph_arrays(const SessionOptions& options);

}  // namespace ockham
