// A variable of the environment for the time of a test.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace ockham::tests {

/// Sets the variable, or unsets it where `value` is null; puts it back at the end of its scope.
class EnvironmentValue {
 public:
  EnvironmentValue(const char* variable, const char* value) : variable_(variable) {
    if (const char* const before = std::getenv(variable)) before_ = before;
    set(value);
  }
  EnvironmentValue(const EnvironmentValue&) = delete;
  EnvironmentValue& operator=(const EnvironmentValue&) = delete;
  ~EnvironmentValue() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) const {
    if (value == nullptr) {
      ::unsetenv(variable_);
    } else {
      ::setenv(variable_, value, 1);
    }
  }

  const char* variable_;
  std::optional<std::string> before_;
};

}  // namespace ockham::tests
