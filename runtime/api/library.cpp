// The C interface's functions on the library itself.
#include <cstdint>
#include <string>
#include <tuple>

#include "ockham/ockham.h"
#include "runtime/api/guard.h"

namespace ockham::capi {
namespace {

std::string version_text(std::int32_t major, std::int32_t minor, std::int32_t patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

void check_version(std::int32_t major, std::int32_t minor, std::int32_t patch) {
  const std::tuple theirs(minor, patch), ours(OCKHAM_VERSION_MINOR, OCKHAM_VERSION_PATCH);
  if (major == OCKHAM_VERSION_MAJOR && theirs <= ours) return;
  throw Error(Status::kUnsupported,
              "the program was compiled with ockham.h " + version_text(major, minor, patch) +
                  ", but runs with libockham " + OCKHAM_VERSION +
                  ", expected the same major version, and no older one; install that, or compile "
                  "the program anew");
}

}  // namespace
}  // namespace ockham::capi

const char* ockham_version(void) { return OCKHAM_VERSION; }

ockham_status ockham_version_check(int32_t major, int32_t minor, int32_t patch) {
  return ockham::capi::guarded([&] { ockham::capi::check_version(major, minor, patch); });
}

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
