#include "runtime/programs/arrays.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

#include "runtime/graph/error.h"
#include "runtime/graph/extrema.h"
#include "runtime/graph/number_text.h"

namespace ockham::programs {
namespace {

std::size_t floats_per_image(const Array& array) {
  return array.data.size() / static_cast<std::size_t>(array.shape[0]);
}

}  // namespace

std::vector<Array> random_inputs(const Graph& graph, std::int64_t images, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<Array> inputs;
  for (const ValueId id : graph.inputs) {
    const Shape shape = graph.value(id).shape.with_batch(images);
    Array array{shape.dims(), std::vector<float>(static_cast<std::size_t>(shape.elements()))};
    for (float& element : array.data) element = static_cast<float>(generator() >> 40) * 0x1p-24f;
    inputs.push_back(std::move(array));
  }
  return inputs;
}

std::vector<Array> empty_outputs(const Graph& graph, std::int64_t images) {
  std::vector<Array> outputs;
  for (const ValueId id : graph.outputs) {
    const Shape shape = graph.value(id).shape.with_batch(images);
    outputs.push_back({.shape = shape.dims(),
                       .data = std::vector<float>(static_cast<std::size_t>(shape.elements())),
                       .is_int64 = graph.value(id).type == ElementType::kInt64});
  }
  return outputs;
}

Batch batch_of(const std::vector<Array>& inputs, std::vector<Array>& outputs, std::int64_t first,
               std::int64_t count) {
  const auto skipped = static_cast<std::size_t>(first);
  Batch batch{.count = count};
  for (const Array& input : inputs) {
    batch.inputs.push_back(input.data.data() + skipped * floats_per_image(input));
  }
  for (Array& output : outputs) {
    batch.outputs.push_back(output.data.data() + skipped * floats_per_image(output));
  }
  return batch;
}

std::vector<Array> run_all(Session& session, const std::vector<Array>& inputs) {
  const std::int64_t images = inputs.front().shape[0];
  std::vector<Array> outputs = empty_outputs(session.model().graph(), images);
  for (std::int64_t first = 0; first < images; first += session.options().max_batch) {
    const std::int64_t count = std::min(session.options().max_batch, images - first);
    const Batch batch = batch_of(inputs, outputs, first, count);
    if (session.run(count, batch.inputs, batch.outputs) != Status::kOk) {
      throw Error(Status::kInternal, "the session could not run " + images_text(count) +
                                         " from image " + std::to_string(first) + ": " +
                                         session.failure());
    }
  }
  return outputs;
}

std::string summary(const std::string& kind, const std::string& name, const Array& array) {
  const float least =
      std::reduce(array.data.begin(), array.data.end(), array.data[0], minimum<float>);
  const float most =
      std::reduce(array.data.begin(), array.data.end(), array.data[0], maximum<float>);
  const double mean = std::accumulate(array.data.begin(), array.data.end(), 0.0) /
                      static_cast<double>(array.data.size());
  char figures[96];
  std::snprintf(figures, sizeof figures, ": min %.6g, max %.6g, mean %.6g",
                static_cast<double>(least), static_cast<double>(most), mean);
  return kind + " '" + name + "' " + Shape(array.shape).text() + figures;
}

}  // namespace ockham::programs
