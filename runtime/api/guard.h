// What stands at the border of the C interface: exceptions become status codes and a text.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "ockham/ockham.h"
#include "runtime/graph/error.h"

namespace ockham::capi {

/// Keeps `text` as this thread's last error (cut to a fixed length: nothing is allocated).
ockham_status fail(ockham_status status, const char* text) noexcept;

/// This thread's last error.
const char* last_error() noexcept;

/// Runs `body`; whatever it throws becomes a status.
template <class Body>
ockham_status guarded(Body&& body) noexcept {
  try {
    body();
    return OCKHAM_OK;
  } catch (const Error& error) {
    return fail(static_cast<ockham_status>(error.status()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(OCKHAM_OUT_OF_MEMORY, "the system has no more memory to give");
  } catch (const std::exception& error) {
    return fail(OCKHAM_INTERNAL, error.what());
  } catch (...) {
    return fail(OCKHAM_INTERNAL, "an unknown exception reached the C interface");
  }
}

/// Throws Error(kInvalidArgument).
[[noreturn]] inline void refuse(const std::string& text) {
  throw Error(Status::kInvalidArgument, text);
}

/// Refuses a pointer that must not be NULL and is.
template <class T>
T& deref(T* pointer, const char* name) {
  if (pointer == nullptr) refuse(std::string(name) + " is NULL");
  return *pointer;
}

}  // namespace ockham::capi
