// The self-test of a model, replayed on a session.
#pragma once

#include "runtime/session/session.h"

namespace ockham {

/// Throws Error(kVerification), naming the output, the difference found and the one allowed, when
/// the session does not reproduce its model's self-test.
void replay_self_test(Session& session);

}  // namespace ockham
