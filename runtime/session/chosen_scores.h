// What the indices in an output of int64 chose: two answers that name different places agree where
// the numbers in these are about the same.
#pragma once

#include <vector>

#include "runtime/format/model_file.h"
#include "runtime/graph/difference.h"

namespace ockham {

/// Between the numbers at the found places and those at the test's, as the reference executor
/// computes them in the test's images; `largest` is that of all numbers to choose from. Infinite
/// where a found place does not exist. `output` is one of int64.
Difference difference_of_chosen(const Graph& graph, const SelfTest& test, std::size_t output,
                                const std::vector<float>& found);

}  // namespace ockham
