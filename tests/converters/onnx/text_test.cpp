// Names out of files, and bytes as text.
#include "converters/onnx/text.h"

#include <gtest/gtest.h>

#include "converters/onnx/base64.h"

namespace ockham::converters::onnx_io {
namespace {

TEST(PlainText, IsUtf8WithoutControlCharacters) {
  for (const char* text : {"", "conv1.weight", "a/b c", "\xc3\xa4", "\xe2\x82\xac",
                           "\xf0\x9f\x99\x82", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_plain_text(text)) << text;
  }
}

TEST(PlainText, RefusesControlCharacters) {
  for (const char* text : {"a\n", "\t", "\x1b[31m", "\x7f", "\xc2\x85"}) {
    EXPECT_FALSE(is_plain_text(text)) << text;
  }
  EXPECT_FALSE(is_plain_text(std::string_view("a\0b", 3)));
}

TEST(PlainText, RefusesWhatIsNotUtf8) {
  for (const char* text : {"\x80",  // a follower alone
                           "\xc3",  // cut off
                           "\xe2\x82", "\xf0\x9f\x99",
                           "\xc3(",     // no follower
                           "\xc0\xaf",  // longer than need be
                           "\xe0\x80\xaf", "\xf0\x80\x80\xaf",
                           "\xed\xa0\x80",      // a surrogate
                           "\xf4\x90\x80\x80",  // behind the last code point
                           "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_plain_text(text)) << text;
  }
}

TEST(PlainText, HasALargestLength) {
  EXPECT_TRUE(is_plain_text(std::string(4096, 'a')));
  EXPECT_FALSE(is_plain_text(std::string(4097, 'a')));
}

TEST(Shown, FitsInOneLine) {
  EXPECT_EQ(shown("conv"), "'conv'");
  EXPECT_EQ(shown("a\nb\x1b\xff"), "'a?b?\?'");
  EXPECT_EQ(shown(std::string(1000, 'a')), "'" + std::string(200, 'a') + "...'");
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(Base64, AgreesWithTheStandardsExamples) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : examples) {
    EXPECT_EQ(base64_encode(bytes_of(plain)), encoded);
    EXPECT_EQ(base64_decode(encoded), bytes_of(plain));
  }
}

TEST(Base64, EveryByteComesBack) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::byte>(i));
  EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=Zg=", "Zm9v!A==", "Zm9v\n",
                           "Zh==", "Zm9=", "Zg==Zg=="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ockham::converters::onnx_io
