#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

#include "runtime/graph/error.h"

namespace ockham::cli {
namespace {

/// Errors of other libraries may bring a backtrace along; the first line says what happened.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Reports one error of one program.
class Reporter {
 public:
  explicit Reporter(std::string program) : program_(std::move(program)) {}

  int usage(const std::string& what) const {
    return report(fmt::format("{} (see {} --help)", first_line(what), program_), kUsage);
  }
  int failure(const std::string& what) const { return report(first_line(what), kFailure); }

 private:
  int report(const std::string& line, int status) const {
    std::cout.flush();
    fmt::print(stderr, "{}: error: {}\n", program_, line);
    return status;
  }

  std::string program_;
};

/// What the program printed must have arrived: a full disk is a failure.
void flush_output() {
  std::cout.flush();
  if (std::fflush(stdout) != 0 || !std::cout) {
    throw Error(Status::kIo, "cannot write to standard output");
  }
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& body) {
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  const Reporter reporter(program);
  app.name(program);
  app.set_version_flag("--version", program + " " OCKHAM_VERSION);
  try {
    app.parse(argc, argv);
    body();
    flush_output();
    return kSuccess;
  } catch (const CLI::Success& request) {
    return app.exit(request);
  } catch (const CLI::Error& error) {
    return reporter.usage(error.what());
  } catch (const Error& error) {
    return error.status() == Status::kInvalidArgument ? reporter.usage(error.what())
                                                      : reporter.failure(error.what());
  } catch (const std::bad_alloc&) {
    return reporter.failure("out of memory; try a smaller batch or model");
  } catch (const std::exception& error) {
    return reporter.failure(error.what());
  } catch (...) {
    return reporter.failure("unknown exception");
  }
}

}  // namespace ockham::cli
