#include "runtime/api/guard.h"

#include <cstdio>

namespace ockham::capi {
namespace {

static_assert(OCKHAM_OK == static_cast<int>(Status::kOk));
static_assert(OCKHAM_INVALID_ARGUMENT == static_cast<int>(Status::kInvalidArgument));
static_assert(OCKHAM_NOT_FOUND == static_cast<int>(Status::kNotFound));
static_assert(OCKHAM_INVALID_MODEL == static_cast<int>(Status::kInvalidModel));
static_assert(OCKHAM_UNSUPPORTED == static_cast<int>(Status::kUnsupported));
static_assert(OCKHAM_OUT_OF_MEMORY == static_cast<int>(Status::kOutOfMemory));
static_assert(OCKHAM_IO == static_cast<int>(Status::kIo));
static_assert(OCKHAM_VERIFICATION == static_cast<int>(Status::kVerification));
static_assert(OCKHAM_INTERNAL == static_cast<int>(Status::kInternal));
static_assert(OCKHAM_CANCELLED == static_cast<int>(Status::kCancelled));

thread_local char error_text[1024] = "";

}  // namespace

ockham_status fail(ockham_status status, const char* text) noexcept {
  std::snprintf(error_text, sizeof error_text, "%s", text);
  return status;
}

const char* last_error() noexcept { return error_text; }

}  // namespace ockham::capi
