// What every test of a refusal asserts: the status, and that the one-line text says what is needed.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <initializer_list>
#include <string>

#include "runtime/graph/error.h"

namespace ockham::tests {

/// Expects `action` to throw Error of `status`, on one line that holds every one of `parts`.
inline void expect_error(Status status, std::initializer_list<std::string> parts,
                         const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.status(), status) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    for (const std::string& part : parts) EXPECT_THAT(text, testing::HasSubstr(part));
    return;
  }
  ADD_FAILURE() << "no Error was thrown";
}

}  // namespace ockham::tests
