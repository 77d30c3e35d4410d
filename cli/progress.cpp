#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "cli/program.h"
#include "cli/standard_streams.h"

namespace ockham::cli {
namespace {

constexpr double kTerminalSeconds = 0.1;  ///< between two drawings of the bar
constexpr double kLineSeconds = 10.0;     ///< between two plain lines
constexpr std::int64_t kTenths = 10;
constexpr std::int64_t kBarWidth = 24;
constexpr const char* kClearLine = "\r\x1b[K";

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// "1:05", "2:00:00".
std::string clock_text(double seconds) {
  const std::int64_t whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string bar(std::int64_t done, std::int64_t total) {
  const auto filled = static_cast<std::size_t>(kBarWidth * done / total);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

}  // namespace

Progress::Progress(std::string title, std::int64_t total, bool quiet, double from_seconds)
    : title_(std::move(title)),
      total_(std::max<std::int64_t>(total, 1)),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) != 0),
      from_seconds_(from_seconds),
      started_(now_seconds()),
      last_shown_(started_) {}

Progress::~Progress() {
  if (line_is_open_) print_error("\n");
}

void Progress::update(std::int64_t done, const std::string& note) {
  const double now = now_seconds();
  done = std::clamp<std::int64_t>(done, 0, total_);
  if (quiet_ || !is_due(done, now)) return;
  shown_ = done;
  last_shown_ = now;
  const std::string line = text(now) + (note.empty() ? "" : ", " + note);
  if (terminal_) {
    print_error(kClearLine + line);
    line_is_open_ = true;
  } else {
    print_error(line + "\n");
  }
}

bool Progress::is_due(std::int64_t done, double now) const {
  if (now - started_ < from_seconds_) return false;
  const bool ends = done == total_ && shown_ != total_;
  if (terminal_) return ends || now - last_shown_ >= kTerminalSeconds;
  const bool next_tenth = done * kTenths / total_ > shown_ * kTenths / total_;
  return ends || next_tenth || now - last_shown_ >= kLineSeconds;
}

std::string Progress::text(double now) const {
  const double elapsed = now - started_;
  std::string time = clock_text(elapsed);
  if (shown_ > 0 && shown_ < total_) {
    const auto left = static_cast<double>(total_ - shown_) / static_cast<double>(shown_);
    time = clock_text(elapsed * left) + " left";
  }
  const std::string middle = terminal_ ? " " + bar(shown_, total_) : ":";
  return fmt::format("{}{} {:3} % ({}/{}), {}", title_, middle, 100 * shown_ / total_, shown_,
                     total_, time);
}

}  // namespace ockham::cli
