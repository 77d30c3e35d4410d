// The options of programs that make sessions: where to run, in which precision, with how much.
#pragma once

#include <CLI/CLI.hpp>

#include "runtime/session/session.h"

namespace ockham::cli {

/// Adds --device, --precision, --tune, --threads and --memory, which fill in `options`; what it
/// holds is their default.
void add_session_options(CLI::App& app, SessionOptions& options);

}  // namespace ockham::cli
