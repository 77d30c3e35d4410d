#include "cli/csv.h"

#include <gtest/gtest.h>

namespace ockham::cli {
namespace {

TEST(CsvLine, JoinsCellsByCommas) {
  EXPECT_EQ(csv_line({"conv1", "12", "3.5"}), "conv1,12,3.5\n");
  EXPECT_EQ(csv_line({"", "", "last"}), ",,last\n");
}

TEST(CsvLine, QuotesWhatWouldBreakTheTable) {
  EXPECT_EQ(csv_line({"a,b", "say \"x\"", "two\nlines"}),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n");
}

}  // namespace
}  // namespace ockham::cli
