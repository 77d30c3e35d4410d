#include "bench/cold_start.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "bench/subject.h"

namespace ockham::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

/// Largest resident memory of this process since it was forked.
std::size_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

Json start_cold(const std::filesystem::path& path, const SessionOptions& options) {
  const auto start = Clock::now();
  std::shared_ptr<const Model> model = Model::load(path);
  Subject subject(std::move(model), options);
  const std::chrono::duration<double, std::milli> load = Clock::now() - start;
  const double first_run_us = subject.timed_run();
  return {{"load_ms", load.count()}, {"first_run_us", first_run_us}, {"peak", peak_bytes()}};
}

/// What the child tells: the figures, or the error.
std::string child_report(const std::filesystem::path& path, const SessionOptions& options) {
  Json report;
  try {
    report = start_cold(path, options);
  } catch (const Error& error) {
    report = {{"error", error.what()}, {"status", static_cast<int>(error.status())}};
  } catch (const std::exception& error) {
    report = {{"error", error.what()}, {"status", static_cast<int>(Status::kInternal)}};
  }
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_all(int file, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    done += static_cast<std::size_t>(written);
  }
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = read(file, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

[[noreturn]] void fail(const std::string& text) {
  throw Error(Status::kIo, "cannot measure the cold start: " + text);
}

/// Runs `child_report` in a process of its own and returns its text.
std::string report_of_child(const std::filesystem::path& path, const SessionOptions& options) {
  int ends[2];
  if (pipe(ends) != 0) fail(fmt::format("pipe: {}", std::strerror(errno)));
  const pid_t child = fork();
  if (child < 0) fail(fmt::format("fork: {}", std::strerror(errno)));
  if (child == 0) {
    close(ends[0]);
    write_all(ends[1], child_report(path, options));
    _exit(0);  // no destructors, no flushing: both belong to the parent
  }
  close(ends[1]);
  const std::string report = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) fail(fmt::format("the process died of signal {}", WTERMSIG(status)));
  return report;
}

}  // namespace

ColdStart measure_cold_start(const std::filesystem::path& model, const SessionOptions& options) {
  const Json report = Json::parse(report_of_child(model, options), nullptr, false);
  if (!report.is_object()) fail("the process ended without a report");
  if (report.contains("error")) {
    throw Error(static_cast<Status>(report["status"].get<int>()), report["error"]);
  }
  return {report["load_ms"], report["first_run_us"], report["peak"]};
}

}  // namespace ockham::bench
