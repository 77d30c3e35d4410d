// The source file.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::converters::c_code {

/// Names that header and source share.
struct EmittedNames {
  std::string prefix;                        ///< of files and functions
  std::vector<std::string> inputs, outputs;  ///< parameters, in the graph's order
};

/// What became of the graph.
struct EmittedSource {
  std::string text;
  std::size_t workspace_bytes = 0;  ///< never 0, which no array of C may have
};

/// Throws Error(kUnsupported) as emit_c does.
EmittedSource emit_source(const Graph& graph, const EmittedNames& names);

/// "const float* restrict image, int64_t* restrict label": with `qualifier` behind each star.
std::string parameters(const Graph& graph, const EmittedNames& names, const std::string& qualifier);

}  // namespace ockham::converters::c_code
