// Standard output and standard error, as they may be: closed, a full disk, or a pipe whose reader
// has gone away. What a program says never decides whether its work is done.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace ockham::cli {

/// Takes the places of those standard streams that are closed, so that no file that the program
/// opens becomes one of them; what is printed there is lost. Call first.
void open_standard_streams();

/// Prints on standard output, at once. Does not throw; `finish_output` tells of lost text.
void print(std::string_view text);

/// Prints on standard error, at once. Text that cannot be printed is lost.
void print_error(std::string_view text);

/// What was printed must have arrived. Throws Error(kIo) when standard output did not take it, as
/// on a full disk. It is no error that it is closed or that its reader has gone away.
void finish_output();

/// What a program says about its work: on standard output, or on standard error when one of its
/// outputs is written to standard output; nowhere when quiet.
class Console {
 public:
  Console(bool quiet, const std::vector<std::filesystem::path>& outputs);

  void print(std::string_view text) const;

 private:
  bool quiet_;
  bool on_standard_error_;
};

}  // namespace ockham::cli
