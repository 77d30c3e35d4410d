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

}  // namespace

Arrays make_inputs(const Graph& graph, std::int64_t batch) {
  std::mt19937 random(20);  // its sequence is the same everywhere; std distributions' are not
  Arrays inputs;
  for (const ValueId id : graph.inputs) {
    std::vector<float>& input = inputs.emplace_back(elements(graph, id, batch));
    for (float& x : input) x = static_cast<float>(random() >> 8) * 0x1p-23f - 1.0f;
  }
  return inputs;
}

Arrays make_outputs(const Graph& graph, std::int64_t batch) {
  Arrays outputs;
  for (const ValueId id : graph.outputs) {
    outputs.emplace_back(elements(graph, id, batch), std::numeric_limits<float>::quiet_NaN());
  }
  return outputs;
}

Arrays last_images(const Arrays& arrays, std::int64_t batch, std::int64_t images) {
  Arrays last;
  for (const std::vector<float>& array : arrays) {
    const std::int64_t skipped = std::ssize(array) / batch * (batch - images);
    last.emplace_back(array.begin() + skipped, array.end());
  }
  return last;
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

double check_answer(const Graph& graph, const Arrays& answer, const Arrays& right,
                    Precision precision) {
  const double allowed = tolerance_of(precision);
  double largest = 0.0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    const double error = relative_difference(answer[i], right[i]);
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
