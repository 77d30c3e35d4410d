#include "cli/option_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace ockham::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

/// What is said of a value; empty when it is taken.
std::string refusal(const CLI::Validator& validator, std::string text) { return validator(text); }

TEST(OptionValues, WholeNumbersEndWhereTheySay) {
  for (const char* text : {"1", "7", "1024"}) EXPECT_THAT(refusal(thread_count(), text), IsEmpty());
  for (const std::string text :
       {"0", "-1", "1025", "99999999999999999999", "1e3", "2.5", "x", "", " 1", "1 ", "nan"}) {
    EXPECT_EQ(refusal(thread_count(), text),
              "'" + text + "': expected a whole number from 1 to 1024");
  }
  EXPECT_THAT(refusal(batch_size(), "1048576"), IsEmpty());
  EXPECT_THAT(refusal(batch_size(), "0"), EndsWith("from 1 to 1048576"));
}

TEST(OptionValues, BatchSizesAreAListWithoutRepeats) {
  EXPECT_THAT(parse_batch_sizes("8"), ElementsAre(8));
  EXPECT_THAT(parse_batch_sizes("64,1,1048576"), ElementsAre(64, 1, 1048576));
  EXPECT_THAT(refusal(batch_sizes(), "64,1"), IsEmpty());
  for (const std::string text :
       {"", ",", "1,", ",1", "1,,2", "1,1", "2,1,02", "1,0", "1;2", "1, 2", "1048577", "x"}) {
    EXPECT_EQ(refusal(batch_sizes(), text),
              "'" + text +
                  "': expected whole numbers from 1 to 1048576, separated by commas, each of them "
                  "once");
  }
}

TEST(OptionValues, SeedsHaveNoUpperEndWorthNaming) {
  EXPECT_THAT(refusal(seed(), "0"), IsEmpty());
  EXPECT_THAT(refusal(seed(), "9223372036854775807"), IsEmpty());
  for (const char* text : {"-1", "9223372036854775808", "x"}) {
    EXPECT_THAT(refusal(seed(), text), EndsWith("expected a whole number, 0 or more"));
  }
}

TEST(OptionValues, NumbersAreFinite) {
  const CLI::Validator seconds = number(0.01, 3600.0);
  for (const char* text : {"0.01", "3600", "1e3"}) EXPECT_THAT(refusal(seconds, text), IsEmpty());
  for (const char* text : {"0", "3600.5", "nan", "inf", "-1", "3 s", ""}) {
    EXPECT_THAT(refusal(seconds, text), EndsWith("expected a number from 0.01 to 3600"));
  }
  const CLI::Validator price = number(0.0, std::numeric_limits<double>::max());
  EXPECT_THAT(refusal(price, "1e300"), IsEmpty());
  for (const char* text : {"-0.5", "inf", "nan", "1e999"}) {
    EXPECT_THAT(refusal(price, text), EndsWith("expected a number, 0 or more"));
  }
}

TEST(OptionValues, RefusalsAreShort) {
  EXPECT_THAT(refusal(number(-1e300, 1e300), "x"), SizeIs(testing::Lt(60)));
}

std::string bytes_of(std::string text) {
  const std::string refused = memory_size()(text);
  return refused.empty() ? text : refused;
}

TEST(OptionValues, MemoryIsGivenInUnits) {
  EXPECT_EQ(bytes_of("1"), "1");
  EXPECT_EQ(bytes_of("100b"), "100");
  for (const char* text : {"2K", "2KB", "2kib", "2kB", "2048"}) EXPECT_EQ(bytes_of(text), "2048");
  EXPECT_EQ(bytes_of("512MB"), std::to_string(512ull << 20));
  EXPECT_EQ(bytes_of("1.5GB"), std::to_string(3ull << 29));
  EXPECT_EQ(bytes_of("2TiB"), std::to_string(2ull << 40));
}

TEST(OptionValues, WhatIsNoAmountOfMemoryIsRefused) {
  for (const std::string text : {"-1", "0", "0.2", "", "x", "GB", "12XB", "1 GB", "1GBB", "1.2.3MB",
                                 "99999999999999999999", "16777216TB", "inf", "nan"}) {
    EXPECT_EQ(bytes_of(text), "'" + text + "': expected an amount of memory such as 512MB or 4GB");
  }
}

}  // namespace
}  // namespace ockham::cli
