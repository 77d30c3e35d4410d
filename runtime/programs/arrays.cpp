#include "runtime/programs/arrays.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

#include "runtime/graph/error.h"

namespace ockham::programs {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Status::kInvalidArgument, text); }

std::string names_of(const Graph& graph, const std::vector<ValueId>& values) {
  std::string names;
  for (const ValueId id : values)
    names += (names.empty() ? "'" : ", '") + graph.value(id).name + "'";
  return names;
}

/// An argument taken apart: the position of the value it names (-1 for none known), and the file.
struct NamedFile {
  std::ptrdiff_t position = -1;
  std::string file;
};

NamedFile take_apart(const std::string& argument, const Graph& graph,
                     const std::vector<ValueId>& values) {
  const std::size_t equals = argument.find('=');
  if (equals != std::string::npos) {
    const std::string name = argument.substr(0, equals);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (graph.value(values[i]).name == name) {
        return {static_cast<std::ptrdiff_t>(i), argument.substr(equals + 1)};
      }
    }
  }
  return {values.size() == 1 ? 0 : -1, argument};
}

bool same_dims(const Shape& shape, int first_axis, const std::vector<std::int64_t>& dims) {
  return std::equal(shape.dims().begin() + first_axis, shape.dims().end(), dims.begin(),
                    dims.end());
}

/// Gives a single image its batch axis, and checks everything behind it.
void check_input(Array& array, const Value& value, const std::string& file) {
  if (same_dims(value.shape, 1, array.shape)) array.shape.insert(array.shape.begin(), 1);
  const bool has_images = !array.shape.empty() && array.shape[0] >= 1;
  if (!has_images || !same_dims(value.shape.with_batch(array.shape[0]), 0, array.shape)) {
    refuse(file + ": shape " + Shape(array.shape).text() + ", but input '" + value.name +
           "' takes " + value.shape.text());
  }
}

std::size_t floats_per_image(const Array& array) {
  return array.data.size() / static_cast<std::size_t>(array.shape[0]);
}

}  // namespace

std::vector<std::string> assign_files(const std::vector<std::string>& arguments, const Graph& graph,
                                      const std::vector<ValueId>& values, const std::string& kind) {
  std::vector<std::string> files(values.size());
  for (const std::string& argument : arguments) {
    const NamedFile named = take_apart(argument, graph, values);
    if (named.position < 0) {
      refuse("--" + kind + " " + argument + ": expected NAME=FILE, NAME one of " +
             names_of(graph, values));
    }
    std::string& file = files[static_cast<std::size_t>(named.position)];
    if (!file.empty()) refuse("--" + kind + " " + argument + ": given twice, the first is " + file);
    file = named.file;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].empty()) {
      refuse("no file for " + kind + " '" + graph.value(values[i]).name + "': add --" + kind + " " +
             graph.value(values[i]).name + "=FILE");
    }
  }
  return files;
}

std::vector<Array> read_inputs(const std::vector<std::string>& files, const Graph& graph) {
  std::vector<Array> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    inputs.push_back(datasets::read_npy(files[i]));
    check_input(inputs.back(), graph.value(graph.inputs[i]), files[i]);
    if (inputs.back().shape[0] != inputs.front().shape[0]) {
      refuse(files[i] + ": " + std::to_string(inputs.back().shape[0]) + " images, but " +
             files.front() + " has " + std::to_string(inputs.front().shape[0]));
    }
  }
  return inputs;
}

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
      throw Error(Status::kInternal, "the session could not run " + std::to_string(count) +
                                         " images from image " + std::to_string(first));
    }
  }
  return outputs;
}

std::string summary(const std::string& kind, const std::string& name, const Array& array) {
  const auto [least, most] = std::minmax_element(array.data.begin(), array.data.end());
  const double mean = std::accumulate(array.data.begin(), array.data.end(), 0.0) /
                      static_cast<double>(array.data.size());
  char figures[96];
  std::snprintf(figures, sizeof figures, ": min %.6g, max %.6g, mean %.6g",
                static_cast<double>(*least), static_cast<double>(*most), mean);
  return kind + " '" + name + "' " + Shape(array.shape).text() + figures;
}

}  // namespace ockham::programs
