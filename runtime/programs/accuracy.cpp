#include "runtime/programs/accuracy.h"

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"

namespace ockham::programs {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidArgument, text); }

/// Of images whose class the network itself gives, as an index.
std::int64_t count_named(std::span<const float> classes, std::span<const std::int32_t> labels) {
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    correct += classes[i] == static_cast<float>(labels[i]) ? 1 : 0;
  return correct;
}

std::int64_t count_correct(std::span<const float> scores, std::span<const std::int32_t> labels) {
  const std::size_t classes = scores.size() / labels.size();
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = scores.subspan(i * classes, classes);
    correct += std::max_element(row.begin(), row.end()) - row.begin() == labels[i];
  }
  return correct;
}

}  // namespace

void check_classifier(const Graph& graph, const datasets::ImageSet& images) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1) {
    refuse("accuracy needs a model with one input and one output; this one has " +
           std::to_string(graph.inputs.size()) + " and " + std::to_string(graph.outputs.size()));
  }
  const Value& input = graph.value(graph.inputs[0]);
  if (!datasets::layout_of(input.shape, datasets::image_shape(images))) {
    refuse("input '" + input.name + "' takes " + input.shape.text() +
           ", the data set's images are " + datasets::image_shape(images).text());
  }
  const Value& output = graph.value(graph.outputs[0]);
  if (output.type == ElementType::kInt64) {
    if (output.shape.elements() == 1) return;
    refuse("output '" + output.name + "' gives " + std::to_string(output.shape.elements()) +
           " indices per image, expected one, the class");
  }
  if (output.shape.elements() < images.classes) {
    refuse("output '" + output.name + "' has " + std::to_string(output.shape.elements()) +
           " scores per image, the data set has " + std::to_string(images.classes) + " classes");
  }
}

Accuracy measure_accuracy(Session& session, const datasets::ImageSet& images,
                          const InputPreprocessing& preprocessing,
                          const std::function<void(std::int64_t)>& progress) {
  const Graph& graph = session.model().graph();
  const datasets::Layout layout =
      datasets::layout_of(graph.value(graph.inputs[0]).shape, datasets::image_shape(images))
          .value();
  const std::int64_t max_batch = session.options().max_batch;
  const Value& answer = graph.value(graph.outputs[0]);
  const bool gives_class = answer.type == ElementType::kInt64;
  const std::int64_t classes = answer.shape.elements();
  std::vector<float> scores(static_cast<std::size_t>(max_batch * classes));
  Accuracy accuracy{images.count, 0};
  for (std::int64_t first = 0; first < images.count; first += max_batch) {
    const std::int64_t batch = std::min(max_batch, images.count - first);
    const std::vector<float> pixels =
        datasets::prepare(images, first, batch, preprocessing, layout);
    const float* input = pixels.data();
    float* output = scores.data();
    if (session.run(batch, {&input, 1}, {&output, 1}) != Status::kOk) {
      throw Error(Status::kInternal,
                  "the session could not run " + images_text(batch) + ": " + session.failure());
    }
    const auto labels =
        std::span(images.labels)
            .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(batch));
    const auto found = std::span(scores).first(static_cast<std::size_t>(batch * classes));
    accuracy.correct += gives_class ? count_named(found, labels) : count_correct(found, labels);
    progress(first + batch);
  }
  return accuracy;
}

}  // namespace ockham::programs
