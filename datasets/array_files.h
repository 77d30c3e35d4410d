// Which .npy files belong to a network's inputs and outputs, as the command line says.
#pragma once

#include <string>
#include <vector>

#include "datasets/npy.h"
#include "runtime/graph/graph.h"

namespace ockham::datasets {

/// Assigns files to the inputs or outputs `values` of `graph`. Each argument is NAME=FILE, or FILE
/// alone where there is just one value; the longest NAME that fits counts. A FILE alone that has a
/// '=' of its own is an input that is there, or has a '/' before the sign. `kind` ("input",
/// "output") is for messages. Returns one path per value. Throws Error(kInvalidArgument) when a
/// name is unknown, twice, or missing.
std::vector<std::string> assign_files(const std::vector<std::string>& arguments, const Graph& graph,
                                      const std::vector<ValueId>& values, const std::string& kind);

/// Reads one file per input, all with the same number of images. A file with a single image may
/// leave the batch axis off. Throws Error.
std::vector<Array> read_inputs(const std::vector<std::string>& files, const Graph& graph);

}  // namespace ockham::datasets
