// An answer is checked before it is timed: made-up input, the reference's answer, the comparison.
#pragma once

#include <functional>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham::bench {

/// One row-major array per input or output of a graph.
using Arrays = std::vector<std::vector<float>>;

/// Gives the right answer for `batch` images.
using Oracle = std::function<Arrays(const Graph& graph, std::int64_t batch, const Arrays& inputs)>;

/// Largest error that is let through, relative to the largest element of the output.
inline constexpr double kAnswerTolerance = 1e-5;

/// Made-up inputs for `batch` images: uniform in [-1, 1), the same on every machine.
Arrays make_inputs(const Graph& graph, std::int64_t batch);

/// Room for the outputs of `batch` images, filled with NaN so that what is not written shows.
Arrays make_outputs(const Graph& graph, std::int64_t batch);

/// The answer of the reference executor, computed in double.
Arrays reference_answer(const Graph& graph, std::int64_t batch, const Arrays& inputs);

/// The largest relative error of all outputs. Throws Error(kVerification), naming the output, when
/// it is beyond `kAnswerTolerance`: what computes a wrong answer is not worth timing.
double check_answer(const Graph& graph, const Arrays& answer, const Arrays& right);

}  // namespace ockham::bench
