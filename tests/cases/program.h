// Runs a program as a user would, and keeps what it printed.
#pragma once

#include <filesystem>
#include <string>

namespace ockham::tests {

struct Outcome {
  int status = -1;  ///< exit status; -1 when a signal ended it
  std::string output;
  std::string error;
};

/// Runs `program` through the shell; `folder` takes the files of what it prints.
Outcome run_program(const std::string& program, const std::string& arguments,
                    const std::filesystem::path& folder);

/// All of a text file.
std::string read_text(const std::filesystem::path& path);

}  // namespace ockham::tests
