// What all programs share: exit statuses, one-line errors, progress, quiet.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace ockham::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;  ///< the work failed
inline constexpr int kUsage = 2;    ///< wrong usage

/// Parses the command line, then runs `body`, turning every exception into one line on standard
/// error ("ockham-run: error: ...") and the right exit status. Wrong usage is what CLI11 refuses
/// and any Error(kInvalidArgument): the user asked for something that cannot be, whichever part
/// found out. All other exceptions mean that the work failed. Adds `--version` to `app`; `--help`
/// and `--version` succeed without running `body`. The status is that of the work, whatever
/// standard output and error are (standard_streams.h), unless output is lost; a signal leaves no
/// temporary file behind (signals.h).
int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& body);

/// Progress of long work on standard error: a bar with ETA when that is a terminal; otherwise a
/// line at each tenth of the work, and every ten seconds.
class Progress {
 public:
  /// `total` steps of work under `title`; nothing is shown when `quiet`, or before the work has
  /// taken `from_seconds`.
  Progress(std::string title, std::int64_t total, bool quiet, double from_seconds = 0.0);
  /// Leaves the terminal's cursor on a new line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` steps are done; `note` is shown behind the bar.
  void update(std::int64_t done, const std::string& note = {});

 private:
  bool is_due(std::int64_t done, double now) const;
  std::string text(double now) const;

  std::string title_;
  std::int64_t total_;
  std::int64_t shown_ = 0;  ///< steps done when last shown
  bool quiet_;
  bool terminal_;
  bool line_is_open_ = false;
  double from_seconds_;
  double started_;
  double last_shown_;
};

}  // namespace ockham::cli
