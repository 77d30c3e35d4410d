// The files that a command line names, before any of them is opened.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ockham::cli {

/// A file and what the user named it by: "--json", or "the network" for a positional argument. An
/// empty path: not given.
struct FileArgument {
  std::string option;
  std::filesystem::path path;
};

/// Checks that no output is an input or another output, whatever they are spelled like (links,
/// other paths to the same file), that none is a folder, and that the folder of each is there.
/// Devices like /dev/null may be named twice. Throws Error: kInvalidArgument naming both options,
/// kIo for a folder.
void check_outputs(const std::vector<FileArgument>& inputs,
                   const std::vector<FileArgument>& outputs);

}  // namespace ockham::cli
