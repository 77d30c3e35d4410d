#include "bench/text.h"

#include <gtest/gtest.h>

namespace ockham::bench {
namespace {

TEST(Text, CountsHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(999), "999");
  EXPECT_EQ(short_count(143'900), "144 k");
  EXPECT_EQ(short_count(2'293'000), "2.29 M");
  EXPECT_EQ(short_count(999'999), "1.00 M");
}

TEST(Text, BytesAreBinary) {
  EXPECT_EQ(short_bytes(512), "512 B");
  EXPECT_EQ(short_bytes(36 * 1024 + 512), "36.5 KiB");
}

TEST(Text, TimesTakeTheUnitThatFits) {
  EXPECT_EQ(short_time(3.104), "3.10 µs");
  EXPECT_EQ(short_time(15'200.0), "15.2 ms");
  EXPECT_EQ(short_time(2'500'000.0), "2.50 s");
}

TEST(Text, RoundingUpDoesNotAddADigit) {
  EXPECT_EQ(three_digits(9.994), "9.99");
  EXPECT_EQ(three_digits(9.996), "10.0");
  EXPECT_EQ(three_digits(99.96), "100");
}

TEST(Text, RatiosBelowOneKeepTheirDigits) {
  EXPECT_EQ(ratio_text(8.531), "8.53×");
  EXPECT_EQ(ratio_text(0.0512), "0.0512×");
}

TEST(Text, ControlCharactersCannotSteerATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(Text, WidthIsThatOfCharactersNotBytes) {
  EXPECT_EQ(display_width("3.10 µs"), 7u);
  EXPECT_EQ(display_width(""), 0u);
}

}  // namespace
}  // namespace ockham::bench
