#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"

namespace ockham::cli {
namespace {

/// Why standard output did not take something, when that is an error.
int lost_output = 0;

/// Nobody listens: the stream is closed, or the reader has seen enough.
bool nobody_listens(int error) { return error == EPIPE || error == EBADF; }

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF; }

}  // namespace

void open_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (is_open(descriptor)) continue;
    // Opened for reading only: writing to it fails, as it did when it was closed.
    if (::open("/dev/null", O_RDONLY) != descriptor) return;
  }
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return;
  }
  if (!nobody_listens(errno)) lost_output = errno;
  std::clearerr(stdout);
}

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void finish_output() {
  errno = 0;
  std::cout.flush();
  const bool late = std::fflush(stdout) != 0 || !std::cout;
  if (late && !nobody_listens(errno)) lost_output = errno != 0 ? errno : EIO;
  if (lost_output == 0) return;
  throw Error(Status::kIo,
              std::string("cannot write to standard output: ") + std::strerror(lost_output));
}

Console::Console(bool quiet, const std::vector<std::filesystem::path>& outputs)
    : quiet_(quiet),
      on_standard_error_(std::ranges::any_of(outputs, [](const std::filesystem::path& path) {
        return named_descriptor(path) == STDOUT_FILENO;
      })) {}

void Console::print(std::string_view text) const {
  if (quiet_) return;
  if (on_standard_error_) {
    print_error(text);
  } else {
    cli::print(text);
  }
}

}  // namespace ockham::cli
