#include "bench/answer_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <random>

#include "bench/text.h"
#include "runtime/graph/difference.h"
#include "runtime/graph/error.h"
#include "runtime/reference/reference.h"

namespace ockham::bench {
namespace {

std::size_t elements(const Graph& graph, ValueId id, std::int64_t batch) {
  return static_cast<std::size_t>(graph.value(id).shape.with_batch(batch).elements());
}

/// A batch that repeats the images that `arrays` hold.
Arrays fill_batch(const Arrays& arrays, std::int64_t images, std::int64_t batch) {
  Arrays filled;
  for (const std::vector<float>& array : arrays) {
    const std::size_t image = array.size() / static_cast<std::size_t>(images);
    std::vector<float>& result = filled.emplace_back(image * static_cast<std::size_t>(batch));
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = array[i % array.size()];
  }
  return filled;
}

}  // namespace

Arrays make_inputs(const Graph& graph, std::int64_t batch) {
  std::mt19937 random(20);  // its sequence is the same everywhere; std distributions' are not
  Arrays inputs;
  for (const ValueId id : graph.inputs) {
    std::vector<float>& input = inputs.emplace_back(elements(graph, id, kDifferentImages));
    for (float& x : input) x = static_cast<float>(random() >> 8) * 0x1p-23f - 1.0f;
  }
  return fill_batch(inputs, kDifferentImages, batch);
}

Arrays make_outputs(const Graph& graph, std::int64_t batch) {
  Arrays outputs;
  for (const ValueId id : graph.outputs) {
    outputs.emplace_back(elements(graph, id, batch), std::numeric_limits<float>::quiet_NaN());
  }
  return outputs;
}

Arrays reference_answer(const Graph& graph, std::int64_t batch, const Arrays& inputs) {
  std::vector<reference::Tensor<double>> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape& shape = graph.value(graph.inputs[i]).shape;
    tensors.push_back({shape.with_batch(batch), {inputs[i].begin(), inputs[i].end()}});
  }
  Arrays answer;
  for (const auto& output : reference::run<double>(graph, tensors)) {
    answer.emplace_back(output.data.begin(), output.data.end());
  }
  return answer;
}

RightAnswers right_answers(const Graph& graph, std::int64_t batch, const Oracle& oracle) {
  const std::int64_t images = std::min(batch, kDifferentImages);
  return {images, oracle(graph, images, make_inputs(graph, images))};
}

double check_answer(const Graph& graph, std::int64_t batch, const Arrays& answer,
                    const RightAnswers& right, Precision precision) {
  const double allowed = tolerance_of(precision);
  const Arrays expected = fill_batch(right.outputs, right.images, batch);
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = relative_difference(answer[i], expected[i]);
    if (!(error <= allowed)) {
      throw Error(
          Status::kVerification,
          fmt::format("output '{}' is off the reference by {:.3g} of its largest element, "
                      "at most {:.0e} is allowed in {}; a wrong answer is not timed, please "
                      "report the model and this machine{}",
                      printable(graph.value(graph.outputs[i]).name), error, allowed,
                      name_of(precision),
                      precision == Precision::kFloat32
                          ? ""
                          : ", unless fp32 computes it right: then the network makes too much of "
                            "roundings for this precision"));
    }
    largest = std::max(largest, error);
  }
  return largest;
}

}  // namespace ockham::bench
