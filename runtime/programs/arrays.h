// A model's inputs and outputs as arrays: from files, made up, run batch by batch, written, summed
// up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/npy.h"
#include "runtime/graph/graph.h"
#include "runtime/session/session.h"

namespace ockham::programs {

using datasets::Array;

/// Made-up inputs: uniform in [0, 1), the same for the same seed on every machine.
std::vector<Array> random_inputs(const Graph& graph, std::int64_t images, std::uint64_t seed);

/// Arrays for the outputs of so many images.
std::vector<Array> empty_outputs(const Graph& graph, std::int64_t images);

/// `count` images as a session takes them.
struct Batch {
  std::int64_t count = 0;
  std::vector<const float*> inputs;
  std::vector<float*> outputs;
};

/// Images [first, first + count) of the arrays, which must outlive the result.
Batch batch_of(const std::vector<Array>& inputs, std::vector<Array>& outputs, std::int64_t first,
               std::int64_t count);

/// Runs all images of `inputs`, max_batch at a time, and returns the outputs. Throws Error.
std::vector<Array> run_all(Session& session, const std::vector<Array>& inputs);

/// "output 'scores' [2, 10]: min -1.5, max 3.25, mean 0.125".
std::string summary(const std::string& kind, const std::string& name, const Array& array);

}  // namespace ockham::programs
