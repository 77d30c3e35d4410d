// The C interface's functions on the library itself.
#include "ockham/ockham.h"
#include "runtime/api/guard.h"

const char* ockham_version(void) { return OCKHAM_VERSION; }

const char* ockham_status_text(ockham_status status) {
  switch (status) {
    case OCKHAM_OK:
      return "ok";
    case OCKHAM_INVALID_ARGUMENT:
      return "invalid argument";
    case OCKHAM_NOT_FOUND:
      return "not found";
    case OCKHAM_INVALID_MODEL:
      return "invalid model";
    case OCKHAM_UNSUPPORTED:
      return "unsupported";
    case OCKHAM_OUT_OF_MEMORY:
      return "out of memory";
    case OCKHAM_IO:
      return "reading or writing failed";
    case OCKHAM_VERIFICATION:
      return "verification failed";
    case OCKHAM_INTERNAL:
      return "internal error";
    case OCKHAM_CANCELLED:
      return "cancelled";
  }
  return "unknown status";
}

const char* ockham_last_error(void) { return ockham::capi::last_error(); }
