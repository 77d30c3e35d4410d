#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <sstream>

#include "cli/signals.h"
#include "cli/standard_streams.h"
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
    print_error(fmt::format("{}: error: {}\n", program_, line));
    return status;
  }

  std::string program_;
};

/// Help or version, which the user asked for. Returns the status.
int print_request(const CLI::App& app, const CLI::Success& request) {
  std::ostringstream text;
  app.exit(request, text, text);
  print(text.str());
  finish_output();
  return kSuccess;
}

/// Returns the status.
int parse_and_run(CLI::App& app, int argc, char** argv, const std::function<void()>& body) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {
    return print_request(app, request);
  }
  body();
  finish_output();
  return kSuccess;
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& body) {
  open_standard_streams();
  handle_signals();
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  const Reporter reporter(program);
  app.name(program);
  app.set_version_flag("--version", program + " " OCKHAM_VERSION);
  try {
    return parse_and_run(app, argc, argv, body);
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
