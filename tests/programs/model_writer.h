// The `main` of programs that write models for the tests of the programs.
#pragma once

#include <cstdio>
#include <exception>
#include <filesystem>

namespace ockham::tests {

/// Runs `write` on the folder that the command line names; returns the exit status.
inline int write_to_folder(int argc, char** argv, void (*write)(const std::filesystem::path&)) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    write(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
  return 0;
}

}  // namespace ockham::tests
