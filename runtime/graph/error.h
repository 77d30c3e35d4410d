// The one exception type of Ockham, and the status codes that the C ABI hands out for it.
#pragma once

#include <stdexcept>
#include <string>

namespace ockham {

/// Why something failed. The values are those of the C ABI (`ockham_status`).
enum class Status : int {
  kOk = 0,
  kInvalidArgument = 1,  ///< the caller passed something wrong
  kNotFound = 2,         ///< a file does not exist or cannot be opened
  kInvalidModel = 3,     ///< a model file or graph is damaged, hostile, or breaks a rule
  kUnsupported = 4,      ///< well-formed, but this build cannot take it
  kOutOfMemory = 5,      ///< over the session's memory limit, or the system's
  kIo = 6,               ///< reading or writing failed
  kVerification = 7,     ///< two executions that must agree do not
  kInternal = 8,         ///< a defect of Ockham
  kCancelled = 9,        ///< by the caller, while it ran
};

/// Thrown by everything that prepares (reading, validating, planning); never by `Session::run`.
/// The text is one line: what, where, found, expected, what to do.
class Error : public std::runtime_error {
 public:
  Error(Status status, const std::string& text) : std::runtime_error(text), status_(status) {}
  Status status() const noexcept { return status_; }

 private:
  Status status_;
};

}  // namespace ockham
