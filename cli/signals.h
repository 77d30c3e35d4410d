// What signals do to a program.
#pragma once

namespace ockham::cli {

/// A signal that ends the program (SIGINT, SIGTERM, SIGHUP ...) removes the temporary files of
/// outputs that are being written, and then ends it as if it had not been caught; what the parent
/// has set to be ignored stays so. A reader that goes away (SIGPIPE) and a file that grows too
/// large (SIGXFSZ) end nothing: the write fails, and is told like any other.
void handle_signals();

}  // namespace ockham::cli
