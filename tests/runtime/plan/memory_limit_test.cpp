#include "runtime/plan/memory_limit.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"

namespace ockham {
namespace {

using tests::expect_error;

TEST(MemoryLimit, AllowsWhatFits) {
  EXPECT_NO_THROW(check_memory_limit({}, 0));
  EXPECT_NO_THROW(check_memory_limit({{"the arena", 60}, {"packed weights", 40}}, 100));
  EXPECT_NO_THROW(check_memory_limit({{"the arena", SIZE_MAX}}, SIZE_MAX));
}

TEST(MemoryLimit, NamesAllPartsWhereTheyAreTooMuchTogether) {
  expect_error(
      Status::kOutOfMemory,
      {"needs 60 bytes for the arena and 41 bytes for packed weights, but its memory limit "
       "is 100; use a smaller batch"},
      [] {
        check_memory_limit({{"the arena", 60}, {"packed weights", 41}}, 100);
      });
}

TEST(MemoryLimit, HoldsWhereTheSumOverflows) {
  EXPECT_THROW(check_memory_limit({{"the arena", SIZE_MAX}, {"packed weights", 2}}, SIZE_MAX),
               Error);
}

}  // namespace
}  // namespace ockham
