// An answer is checked before it is timed: made-up input, the reference's answer, the comparison.
#pragma once

#include <functional>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/plan/precision.h"

namespace ockham::bench {

/// One row-major array per input or output of a graph.
using Arrays = std::vector<std::vector<float>>;

/// Gives the right answer for `batch` images.
using Oracle = std::function<Arrays(const Graph& graph, std::int64_t batch, const Arrays& inputs)>;

/// Made-up inputs for `batch` images: uniform in [-1, 1), the same on every machine.
Arrays make_inputs(const Graph& graph, std::int64_t batch);

/// Room for the outputs of `batch` images, filled with NaN so that what is not written shows.
Arrays make_outputs(const Graph& graph, std::int64_t batch);

/// The last `images` of arrays that hold `batch` of them.
Arrays last_images(const Arrays& arrays, std::int64_t batch, std::int64_t images);

/// The answer of the reference executor, computed in double.
Arrays reference_answer(const Graph& graph, std::int64_t batch, const Arrays& inputs);

/// The largest error of all outputs, relative to the largest element of an output. Throws
/// Error(kVerification), naming the output, when it is beyond the precision's tolerance_of(): what
/// computes a wrong answer is not worth timing.
double check_answer(const Graph& graph, const Arrays& answer, const Arrays& right,
                    Precision precision = Precision::kFloat32);

}  // namespace ockham::bench
