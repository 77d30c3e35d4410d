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
/// error ("ockham-run: error: ...") and the right exit status. `--help` and `--version` work.
int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& body);

/// Progress of long work: a bar with ETA when standard error is a terminal, plain lines otherwise.
class Progress {
 public:
  /// `total` steps of work under `title`; nothing is shown when `quiet`.
  Progress(std::string title, std::int64_t total, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` steps are done; `note` is shown behind the bar.
  void update(std::int64_t done, const std::string& note = {});

 private:
  void draw(const std::string& note, bool final);

  std::string title_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool quiet_;
  bool terminal_;
  double started_;
  double last_drawn_ = 0.0;
};

}  // namespace ockham::cli
