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
  std::printf("%s", node_case_table(run_node_cases(folder)).c_str());
  return 0;
}
