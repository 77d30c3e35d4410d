// ockham_session_options as the session takes them.
#pragma once

#include "ockham/ockham.h"
#include "runtime/session/session.h"

namespace ockham::capi {

/// Null: all defaults. Throws Error(kInvalidArgument) naming the field that has no such value.
SessionOptions options_of(const ockham_session_options* theirs);

/// Whom to tell how a session came about.
struct Log {
  void (*function)(void* context, const char* text) = nullptr;
  void* context = nullptr;
};
Log log_of(const ockham_session_options& theirs);

}  // namespace ockham::capi
