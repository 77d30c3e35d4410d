// Writes the sample model: how the file under tests/data of each format version was made, and a
// seed for the fuzzer. Files that are released are never written again.
#include <cstdio>
#include <exception>

#include "tests/runtime/format/sample_model.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: ockham_write_released_model OUT.ockham\n");
    return 2;
  }
  try {
    ockham::write_model(argv[1], ockham::tests::sample_model());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ockham_write_released_model: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
