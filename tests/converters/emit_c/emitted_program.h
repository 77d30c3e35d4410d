// Networks as C, in one program that runs each of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "tests/cases/case_inputs.h"

namespace ockham::tests {

/// A network and the images that it is to be run on.
struct EmittedRun {
  Graph graph;
  std::vector<Arrays> images;  ///< of each, one array per input of the graph
};

/// Writes "networks.c" into a folder: all networks, and a main that runs them. Arrays are as long
/// as the header says, and each has memory of its own; the workspace is full of NaN before a run.
class EmittedProgram {
 public:
  EmittedProgram(std::filesystem::path folder, const std::vector<EmittedRun>& runs);

  /// Compiles it by `compiler` and its options; what the compiler says of it, nothing when all is
  /// well.
  std::string compile(const std::string& compiler) const;
  /// The same without linking.
  std::string compile_only(const std::string& compiler) const;

  /// Runs what was compiled, by `launcher` if there is one, and checks the status. Outputs of each
  /// network for each of its images, integers as floats.
  std::vector<std::vector<Arrays>> run(const std::string& launcher = "") const;

 private:
  std::string outcome_of(const std::string& command) const;

  std::filesystem::path folder_;
  const std::vector<EmittedRun>& runs_;
};

}  // namespace ockham::tests
