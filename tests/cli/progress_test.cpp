#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <future>
#include <string>

#include "cli/program.h"

namespace ockham::cli {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string errors_of(const std::function<void()>& action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

/// All that comes out of a terminal until its last writer has closed it.
std::string read_until_closed(int terminal) {
  std::string text;
  char part[4096];
  for (ssize_t size; (size = ::read(terminal, part, sizeof part)) != 0;) {
    if (size > 0) text.append(part, static_cast<std::size_t>(size));
    if (size < 0 && errno != EINTR) break;  // EIO: that is how Linux says that it is closed
  }
  return text;
}

/// What `action` writes to standard error when that is a terminal. The kernel hands it over when it
/// gets round to it, in parts, and holds only some of it: so it is read meanwhile, to the end.
std::string terminal_output_of(const std::function<void()>& action) {
  int terminal = -1, program = -1;
  EXPECT_EQ(::openpty(&terminal, &program, nullptr, nullptr, nullptr), 0);
  auto text = std::async(std::launch::async, read_until_closed, terminal);
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(program, STDERR_FILENO);
  action();
  std::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  for (const int descriptor : {program, saved}) ::close(descriptor);
  std::string written = text.get();
  ::close(terminal);
  return written;
}

void count_to(std::int64_t total, bool quiet = false) {
  Progress progress("prune", total, quiet);
  for (std::int64_t done = 1; done <= total; ++done) progress.update(done, "loss 0.25");
}

TEST(Progress, PlainLinesAtEachTenth) {
  const std::string lines = errors_of([] { count_to(1000); });
  EXPECT_EQ(std::ranges::count(lines, '\n'), 10) << lines;
  EXPECT_THAT(lines, StartsWith("prune:  10 % (100/1000), "));
  EXPECT_THAT(lines, ContainsRegex("prune:  50 % \\(500/1000\\), [0-9:]+ left, loss 0.25\n"));
  EXPECT_THAT(lines, HasSubstr("prune: 100 % (1000/1000), "));
  EXPECT_EQ(lines.find('\r'), std::string::npos) << lines;
  EXPECT_EQ(lines.find('\x1b'), std::string::npos) << lines;
}

TEST(Progress, FewStepsAreFewLines) {
  EXPECT_EQ(std::ranges::count(errors_of([] { count_to(3); }), '\n'), 3);
}

TEST(Progress, TheEndIsSaidOnce) {
  const std::string lines = errors_of([] {
    Progress progress("work", 2, false);
    for (const std::int64_t done : {2, 2, 5}) progress.update(done);
  });
  EXPECT_EQ(std::ranges::count(lines, '\n'), 1) << lines;
}

TEST(Progress, QuietSaysNothing) {
  EXPECT_THAT(errors_of([] { count_to(100, true); }), IsEmpty());
  EXPECT_THAT(terminal_output_of([] { count_to(100, true); }), IsEmpty());
}

TEST(Progress, ShortWorkSaysNothing) {
  const auto count = [] {
    Progress progress("work", 2, false, 3600.0);
    for (const std::int64_t done : {1, 2}) progress.update(done);
  };
  EXPECT_THAT(errors_of(count), IsEmpty());
  EXPECT_THAT(terminal_output_of(count), IsEmpty());
}

TEST(Progress, NoWorkIsNoDivisionByZero) {
  EXPECT_THAT(errors_of([] { Progress("nothing", 0, false).update(0); }), IsEmpty());
}

TEST(Progress, ATerminalGetsOneBarOnOneLine) {
  const std::string text = terminal_output_of([] { count_to(100); });
  EXPECT_THAT(text, StartsWith("\r\x1b[K"));
  EXPECT_THAT(text, ContainsRegex("prune \\[#{24}\\] 100 % \\(100/100\\), [0-9:]+, loss 0.25"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  EXPECT_THAT(text, EndsWith("\n"));
}

}  // namespace
}  // namespace ockham::cli
