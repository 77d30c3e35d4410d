#include "bench/loading.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "bench/subject.h"

namespace ockham::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

/// Loading is repeated until so much time has passed, or so often.
constexpr std::chrono::milliseconds kRepeating{500};
constexpr int kMostRepeats = 20;

/// Largest resident memory of this process since it was forked.
std::size_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

/// Milliseconds since it was made, or asked before.
class Stopwatch {
 public:
  double lap() {
    const auto before = std::exchange(last_, Clock::now());
    return std::chrono::duration<double, std::milli>(last_ - before).count();
  }

 private:
  Clock::time_point last_ = Clock::now();
};

/// A model and its first session.
struct Loaded {
  LoadTimes times;
  std::shared_ptr<const Model> model;
  std::unique_ptr<Subject> subject;
};

/// `options` are without self-test, which is told apart.
Loaded load(const std::filesystem::path& path, const SessionOptions& options, bool self_test) {
  Loaded loaded;
  Stopwatch watch;
  loaded.model = Model::load(path);
  loaded.times.file_ms = watch.lap();
  auto session = std::make_unique<Session>(loaded.model, options);
  loaded.times.session_ms = watch.lap();
  if (self_test) session->prove();
  loaded.times.self_test_ms = watch.lap();
  loaded.subject = std::make_unique<Subject>(std::move(session));
  loaded.times.first_run_us = loaded.subject->timed_run();
  return loaded;
}

double next_session_ms(const Loaded& loaded, const SessionOptions& options) {
  Stopwatch watch;
  const Session session(loaded.model, options);
  return watch.lap();
}

LoadTimes least(const LoadTimes& a, const LoadTimes& b) {
  return {.file_ms = std::min(a.file_ms, b.file_ms),
          .session_ms = std::min(a.session_ms, b.session_ms),
          .self_test_ms = std::min(a.self_test_ms, b.self_test_ms),
          .first_run_us = std::min(a.first_run_us, b.first_run_us)};
}

Loading load_repeatedly(const std::filesystem::path& path, SessionOptions options) {
  const bool self_test = std::exchange(options.self_test, false);
  Loading loading;
  loading.cold = load(path, options, self_test).times;
  loading.peak_bytes = peak_bytes();
  const auto end = Clock::now() + kRepeating;
  for (int i = 0; i == 0 || (i < kMostRepeats && Clock::now() < end); ++i) {
    const Loaded again = load(path, options, self_test);
    const double next_ms = next_session_ms(again, options);
    loading.repeated = i == 0 ? again.times : least(loading.repeated, again.times);
    loading.next_session_ms = i == 0 ? next_ms : std::min(loading.next_session_ms, next_ms);
  }
  return loading;
}

Json to_json(const LoadTimes& times) {
  return {times.file_ms, times.session_ms, times.self_test_ms, times.first_run_us};
}

LoadTimes times_from(const Json& json) { return {json[0], json[1], json[2], json[3]}; }

Json to_json(const Loading& loading) {
  return {{"cold", to_json(loading.cold)},
          {"repeated", to_json(loading.repeated)},
          {"next_session_ms", loading.next_session_ms},
          {"peak_bytes", loading.peak_bytes}};
}

Loading loading_from(const Json& json) {
  return {.cold = times_from(json["cold"]),
          .repeated = times_from(json["repeated"]),
          .next_session_ms = json["next_session_ms"],
          .peak_bytes = json["peak_bytes"]};
}

/// What the child tells: the figures, or the error.
std::string child_report(const std::filesystem::path& path, const SessionOptions& options) {
  Json report;
  try {
    report = to_json(load_repeatedly(path, options));
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
  throw Error(Status::kIo, "cannot measure loading: " + text);
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
  std::string report = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) fail(fmt::format("the process died of signal {}", WTERMSIG(status)));
  return report;
}

}  // namespace

Loading measure_loading(const std::filesystem::path& model, const SessionOptions& options) {
  const Json report = Json::parse(report_of_child(model, options), nullptr, false);
  if (!report.is_object()) fail("the process ended without a report");
  if (report.contains("error")) {
    throw Error(static_cast<Status>(report["status"].get<int>()), report["error"]);
  }
  return loading_from(report);
}

}  // namespace ockham::bench
