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

/// Different images in made-up inputs. Larger batches repeat them, because the reference, which is
/// slow, has to answer each. A prime: what takes one image for another is mostly off by a power of
/// two, which must not lead to an equal one.
inline constexpr std::int64_t kDifferentImages = 7;

/// Made-up inputs for `batch` images: uniform in [-1, 1), the same on every machine. Image i equals
/// image i % kDifferentImages, and does not depend on the batch.
Arrays make_inputs(const Graph& graph, std::int64_t batch);

/// Room for the outputs of `batch` images, filled with NaN so that what is not written shows.
Arrays make_outputs(const Graph& graph, std::int64_t batch);

/// The answer of the reference executor, computed in double.
Arrays reference_answer(const Graph& graph, std::int64_t batch, const Arrays& inputs);

/// What an oracle says of the different images of made-up inputs.
struct RightAnswers {
  std::int64_t images = 0;
  Arrays outputs;
};

/// Enough for batches of up to `batch` images.
RightAnswers right_answers(const Graph& graph, std::int64_t batch, const Oracle& oracle);

/// Compares the answer to the made-up inputs of `batch` images with the right ones, image by image.
/// Returns the largest error of all outputs, relative to the largest element of an output. Throws
/// Error(kVerification), naming the output, when it is beyond the precision's tolerance_of(): what
/// computes a wrong answer is not worth timing.
double check_answer(const Graph& graph, std::int64_t batch, const Arrays& answer,
                    const RightAnswers& right, Precision precision = Precision::kFloat32);

}  // namespace ockham::bench
