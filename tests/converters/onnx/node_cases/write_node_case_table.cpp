// Prints the table of docs/onnx_operators.md.
#include <cstdio>

#include "tests/converters/onnx/node_cases/node_cases.h"

int main() {
  using namespace ockham::converters::tests;
  const auto folder = node_case_folder();
  if (folder.empty()) {
    std::fprintf(stderr, "install the Debian package libonnx-testdata\n");
    return 1;
  }
  const std::string version = node_case_version(folder);
  if (version.empty()) {
    std::fprintf(stderr, "which version of libonnx-testdata is %s? Its changelog is missing\n",
                 folder.c_str());
    return 1;
  }
  std::printf("%s", node_case_table(run_node_cases(folder), version).c_str());
  return 0;
}
