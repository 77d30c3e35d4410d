#include "cli/signals.h"

#include <csignal>

#include "runtime/format/output_file.h"

namespace ockham::cli {
namespace {

constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU};
constexpr int kFailingWrites[] = {SIGPIPE, SIGXFSZ};

extern "C" void end_by(int signal) {
  remove_temporary_files();
  // SA_RESETHAND has put the default back; SA_NODEFER lets it act at once.
  ::raise(signal);
}

}  // namespace

void handle_signals() {
  for (const int signal : kEnding) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    struct sigaction ending {};
    ending.sa_handler = end_by;
    ending.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(signal, &ending, nullptr);
  }
  for (const int signal : kFailingWrites) ::signal(signal, SIG_IGN);
}

}  // namespace ockham::cli
