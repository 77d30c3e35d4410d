#include "tests/cases/program.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace ockham::tests {

Outcome run_program(const std::string& program, const std::string& arguments,
                    const std::filesystem::path& folder) {
  const std::filesystem::path output = folder / "output.txt";
  const std::filesystem::path error = folder / "error.txt";
  const std::string command =
      program + " " + arguments + " > " + output.string() + " 2> " + error.string();
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(output), read_text(error)};
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace ockham::tests
