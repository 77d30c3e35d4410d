#include "cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/graph/error.h"

namespace ockham::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Outcome {
  int status;
  std::string output, errors;
};

/// Runs a program with one required option, --number N, as the shell would.
Outcome run(
    std::vector<std::string> arguments, const std::function<void()>& body = [] {}) {
  CLI::App app("Does something with a number.");
  int number = 0;
  app.add_option("--number", number, "the number")->required();
  arguments.insert(arguments.begin(), "/some/folder/ockham-something");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run_program(app, static_cast<int>(argv.size()), argv.data(), body);
  std::cout.flush();
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

Outcome run_and_throw(const std::function<void()>& body) { return run({"--number", "1"}, body); }

void expect_one_error_line(const Outcome& outcome, int status) {
  EXPECT_EQ(outcome.status, status);
  EXPECT_THAT(outcome.output, IsEmpty());
  EXPECT_THAT(outcome.errors, StartsWith("ockham-something: error: "));
  EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
}

TEST(Program, RunsItsBody) {
  const Outcome outcome = run({"--number", "3"}, [] { std::cout << "done\n"; });
  EXPECT_EQ(outcome.status, kSuccess);
  EXPECT_EQ(outcome.output, "done\n");
  EXPECT_THAT(outcome.errors, IsEmpty());
}

TEST(Program, HelpAndVersionSucceedWithoutRunning) {
  const auto must_not_run = [] { ADD_FAILURE() << "the body ran"; };
  const Outcome help = run({"--help"}, must_not_run);
  EXPECT_EQ(help.status, kSuccess);
  EXPECT_THAT(help.output, HasSubstr("--number"));
  EXPECT_THAT(help.output, HasSubstr("Usage: ockham-something"));
  const Outcome version = run({"--version"}, must_not_run);
  EXPECT_EQ(version.status, kSuccess);
  EXPECT_THAT(version.output, testing::MatchesRegex("ockham-something [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Program, WrongUsageIsStatusTwo) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {}, {"--number"}, {"--number", "many"}, {"--unknown"}, {"--number", "1", "more"}}) {
    const Outcome outcome = run(arguments, [] { ADD_FAILURE() << "the body ran"; });
    expect_one_error_line(outcome, kUsage);
    EXPECT_THAT(outcome.errors, HasSubstr("(see ockham-something --help)"));
  }
}

TEST(Program, UsageErrorsSayWhichOption) {
  EXPECT_THAT(run({"--number", "1", "--unknown"}).errors, HasSubstr("--unknown"));
  EXPECT_THAT(run({}).errors, HasSubstr("--number"));
}

TEST(Program, WrongValuesFoundByTheBodyAreWrongUsage) {
  const Outcome outcome =
      run_and_throw([] { throw Error(Status::kInvalidArgument, "unknown network 'x'"); });
  expect_one_error_line(outcome, kUsage);
  EXPECT_THAT(outcome.errors, HasSubstr("unknown network 'x' (see ockham-something --help)"));
  expect_one_error_line(run_and_throw([] { throw CLI::ValidationError("--number", "is odd"); }),
                        kUsage);
}

TEST(Program, FailedWorkIsStatusOne) {
  for (const Status status : {Status::kNotFound, Status::kInvalidModel, Status::kUnsupported,
                              Status::kOutOfMemory, Status::kIo, Status::kVerification}) {
    const Outcome outcome = run_and_throw([&] { throw Error(status, "file x: what is wrong"); });
    expect_one_error_line(outcome, kFailure);
    EXPECT_EQ(outcome.errors, "ockham-something: error: file x: what is wrong\n");
  }
}

TEST(Program, ForeignExceptionsAreStatusOne) {
  const Outcome long_text =
      run_and_throw([] { throw std::runtime_error("what happened\nbacktrace\nbacktrace"); });
  expect_one_error_line(long_text, kFailure);
  EXPECT_THAT(long_text.errors, HasSubstr("what happened"));
  const Outcome memory = run_and_throw([] { throw std::bad_alloc(); });
  expect_one_error_line(memory, kFailure);
  EXPECT_THAT(memory.errors, HasSubstr("out of memory"));
  expect_one_error_line(run_and_throw([] { throw 1; }), kFailure);
}

}  // namespace
}  // namespace ockham::cli
