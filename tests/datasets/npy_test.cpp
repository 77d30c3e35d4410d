#include "datasets/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::datasets {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::expect_error;

/// A version 1 file as NumPy writes it, but for the padding.
std::string npy(const std::string& dictionary, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(dictionary.size() & 0xff) +
         static_cast<char>(dictionary.size() >> 8) + dictionary + data;
}

std::string dictionary(const std::string& descr, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

const std::string kOneAndTwo("\x00\x00\x80\x3f\x00\x00\x00\x40", 8);

class Npy : public testing::Test {
 protected:
  fs::path write(const std::string& bytes) const {
    std::ofstream(file(), std::ios::binary) << bytes;
    return file();
  }

  std::string written() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void expect_refused(Status status, std::initializer_list<std::string> parts,
                      const std::string& bytes) const {
    write(bytes);
    expect_error(status, {file().string()}, [this] { read_npy(file()); });
    expect_error(status, parts, [this] { read_npy(file()); });
  }

  fs::path file() const { return folder_.path() / "array.npy"; }
  const fs::path& folder() const { return folder_.path(); }

 private:
  tests::TemporaryFolder folder_;
};

TEST_F(Npy, WritesIndicesAsInt64) {
  write_npy(file(), {.shape = {2}, .data = {7, 300}, .is_int64 = true});
  const std::string bytes = written();
  EXPECT_THAT(bytes, HasSubstr("'<i8'"));
  EXPECT_EQ(bytes.size() % 64, 16u) << "an aligned header and two numbers";
  EXPECT_EQ(bytes.substr(bytes.size() - 16),
            std::string("\x07\0\0\0\0\0\0\0\x2c\x01\0\0\0\0\0\0", 16));
}

TEST_F(Npy, WhatWasWrittenIsRead) {
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{2, 3}, {6}, {1, 1, 6, 1}}) {
    const Array array{shape, {1, -2.5f, 0, 1e-30f, std::numeric_limits<float>::infinity(), 6}};
    write_npy(file(), array);
    const Array read = read_npy(file());
    EXPECT_EQ(read.shape, array.shape);
    EXPECT_EQ(read.data, array.data);
  }
}

TEST_F(Npy, ScalarsAndEmptyArrays) {
  write_npy(file(), {{}, {7}});
  EXPECT_THAT(read_npy(file()).shape, IsEmpty());
  EXPECT_THAT(read_npy(file()).data, ElementsAre(7));
  write_npy(file(), {{2, 0}, {}});
  EXPECT_THAT(read_npy(file()).shape, ElementsAre(2, 0));
  EXPECT_THAT(read_npy(file()).data, IsEmpty());
}

TEST_F(Npy, TheFileIsAsNumPyWantsIt) {
  write_npy(file(), {{2}, {1, 2}});
  const std::string bytes = written();
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2, ), }"));
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(bytes.substr(128), kOneAndTwo);
}

TEST_F(Npy, ReadsWhatNumPyWrites) {
  write(npy(dictionary("<f4", "(2,)"), kOneAndTwo));
  EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 2));
  write(npy(dictionary("|u1", "(1, 3)"), "\x01\x02\xff"));
  EXPECT_THAT(read_npy(file()).shape, ElementsAre(1, 3));
  EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 2, 255));
}

TEST_F(Npy, ReadsEveryTypeOfNumber) {
  const std::pair<std::string, std::string> one_and_minus_two[] = {
      {"<f2", std::string("\x00\x3c\x00\xc0", 4)},
      {">f2", std::string("\x3c\x00\xc0\x00", 4)},
      {">f4", std::string("\x3f\x80\x00\x00\xc0\x00\x00\x00", 8)},
      {"<f8", std::string("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 16)},
      {">f8", std::string("\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0", 16)},
      {"|i1", "\x01\xfe"},
      {"<i2", std::string("\x01\x00\xfe\xff", 4)},
      {">i2", std::string("\x00\x01\xff\xfe", 4)},
      {"<i4", std::string("\x01\0\0\0\xfe\xff\xff\xff", 8)},
      {"<i8", std::string("\x01\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff", 16)},
  };
  for (const auto& [descr, bytes] : one_and_minus_two) {
    write(npy(dictionary(descr, "(2,)"), bytes));
    EXPECT_THAT(read_npy(file()).data, ElementsAre(1, -2)) << descr;
    EXPECT_FALSE(read_npy(file()).from_bytes) << descr;
  }
  const std::pair<std::string, std::string> one_and_large[] = {
      {"<u2", std::string("\x01\x00\x00\x80", 4)},
      {">u2", std::string("\x00\x01\x80\x00", 4)},
      {"<u4", std::string("\x01\0\0\0\0\x80\0\0", 8)},
      {">u8", std::string("\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x80\0", 16)},
  };
  for (const auto& [descr, bytes] : one_and_large) {
    write(npy(dictionary(descr, "(2,)"), bytes));
    EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 32768)) << descr;
  }
  write(npy(dictionary("|b1", "(2,)"), std::string("\x01\x00", 2)));
  EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 0));
}

TEST_F(Npy, BytesAreKnownAsBytesHoweverTheirOrderIsWritten) {
  for (const std::string descr : {"|u1", "<u1", ">u1", "=u1", "u1"}) {
    write(npy(dictionary(descr, "(2,)"), "\x01\xff"));
    EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 255)) << descr;
    EXPECT_TRUE(read_npy(file()).from_bytes) << descr;
  }
}

TEST_F(Npy, HalvesAreExact) {
  // The least subnormal, the largest subnormal, the least normal, the largest, infinity, NaN.
  write(npy(dictionary("<f2", "(6,)"),
            std::string("\x01\x00\xff\x03\x00\x04\xff\x7b\x00\xfc\x00\x7e", 12)));
  const std::vector<float> read = read_npy(file()).data;
  ASSERT_EQ(read.size(), 6u);
  EXPECT_EQ(read[0], 0x1p-24f);
  EXPECT_EQ(read[1], 0x1.ff8p-15f);
  EXPECT_EQ(read[2], 0x1p-14f);
  EXPECT_EQ(read[3], 65504.0f);
  EXPECT_EQ(read[4], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(read[5]));
}

TEST_F(Npy, FortranOrderIsTurned) {
  const auto in_fortran_order = [](const std::string& shape) {
    return "{'descr': '|u1', 'fortran_order': True, 'shape': " + shape + "}";
  };
  // [[1, 2, 3], [4, 5, 6]], column by column.
  write(npy(in_fortran_order("(2, 3)"), "\x01\x04\x02\x05\x03\x06"));
  EXPECT_THAT(read_npy(file()).shape, ElementsAre(2, 3));
  EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 2, 3, 4, 5, 6));
  // Element (i, j, k) of shape (2, 2, 2) is 4 i + 2 j + k.
  write(npy(in_fortran_order("(2, 2, 2)"), std::string("\0\4\2\6\1\5\3\7", 8)));
  EXPECT_THAT(read_npy(file()).data, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  write(npy(in_fortran_order("()"), "\x07"));
  EXPECT_THAT(read_npy(file()).data, ElementsAre(7));
  write(npy(in_fortran_order("(0, 3)"), ""));
  EXPECT_THAT(read_npy(file()).data, IsEmpty());
}

TEST_F(Npy, ReadsLongHeaders) {
  const std::string text = dictionary("<f4", "(2,)");
  write(std::string("\x93NUMPY\x02\x00", 8) + static_cast<char>(text.size()) +
        std::string("\0\0\0", 3) + text + kOneAndTwo);
  EXPECT_THAT(read_npy(file()).data, ElementsAre(1, 2));
}

TEST_F(Npy, CutOffAnywhereIsNoticed) {
  const std::string whole = npy(dictionary("<f4", "(2,)"), kOneAndTwo);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    expect_refused(Status::kInvalidModel, {}, whole.substr(0, size));
  }
}

TEST_F(Npy, DefectsAreNamed) {
  expect_refused(Status::kInvalidModel, {"not a .npy file"}, "PK\x03\x04 something else");
  expect_refused(Status::kInvalidModel, {"found 9", "needs 8"},
                 npy(dictionary("<f4", "(2,)"), kOneAndTwo + "x"));
  expect_refused(Status::kInvalidModel, {"impossible"},
                 npy(dictionary("<f4", "(4611686018427387904, 4)"), kOneAndTwo));
  for (const std::string shape : {"(-1,)", "(2", "(2 3)", "2", "(99999999999999999999,)"}) {
    expect_refused(Status::kInvalidModel, {"header"}, npy(dictionary("<f4", shape), kOneAndTwo));
  }
  for (const std::string header :
       {"", "{}", "{'descr': '<f4', 'shape': (2,)}", "{'descr': '<f4", "{'descr': 4}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} more",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}"}) {
    expect_refused(Status::kInvalidModel, {"header"}, npy(header, kOneAndTwo));
  }
}

TEST_F(Npy, WhatIsNotSupportedSaysWhatToDo) {
  for (const std::string descr :
       {"<c8", "|O", "<U2", "<M8[ns]", "<f16", "|V4", "", "<", ">f", "f44"}) {
    expect_refused(Status::kUnsupported, {"'" + descr + "'", "astype"},
                   npy(dictionary(descr, "(1,)"), kOneAndTwo));
  }
  expect_refused(
      Status::kUnsupported, {"structured", "array['name']"},
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", kOneAndTwo));
  expect_refused(Status::kUnsupported, {"more than float32"},
                 npy(dictionary("<f8", "(1,)"), std::string("\0\0\0\0\0\0\xf0\x7e", 8)));
  expect_refused(Status::kUnsupported, {"version 9"}, std::string("\x93NUMPY\x09\x00\x00\x00", 10));
}

TEST_F(Npy, AMissingFileIsNamed) {
  expect_error(Status::kNotFound, {"absent.npy", "No such file"},
               [this] { read_npy(folder() / "absent.npy"); });
  expect_error(Status::kIo, {"found a directory"}, [this] { read_npy(folder()); });
  const fs::path pipe = folder() / "pipe.npy";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_error(Status::kIo, {"pipe.npy", "found a pipe", "write to a file"},
               [&] { read_npy(pipe); });
}

TEST_F(Npy, WritingIsAllOrNothing) {
  write_npy(file(), {{2}, {1, 2}});
  write_npy(file(), {{1}, {3}});
  EXPECT_THAT(read_npy(file()).data, ElementsAre(3));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder()), {}), 1) << "a temporary file is left";

  fs::create_directory(folder() / "taken");
  expect_error(Status::kIo, {"taken"}, [this] { write_npy(folder() / "taken", {{1}, {3}}); });
  expect_error(Status::kIo, {"absent"}, [this] {
    write_npy(folder() / "absent/a.npy", {{1}, {3}});
  });
  EXPECT_EQ(std::distance(fs::directory_iterator(folder()), {}), 2) << "a temporary file is left";
}

TEST_F(Npy, RefusesToWriteWhatDoesNotFitItsShape) {
  expect_error(Status::kInvalidArgument, {"3 values"}, [this] {
    write_npy(file(), {{2}, {1, 2, 3}});
  });
  EXPECT_FALSE(fs::exists(file()));
}

}  // namespace
}  // namespace ockham::datasets
