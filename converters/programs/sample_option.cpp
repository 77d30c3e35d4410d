#include "converters/programs/sample_option.h"

#include <algorithm>
#include <cmath>

#include "datasets/array_files.h"
#include "datasets/preprocessing.h"
#include "runtime/graph/error.h"

namespace ockham::converters {
namespace {

void check_finite(const std::vector<float>& elements, const std::string& file) {
  if (std::ranges::all_of(elements, [](float x) { return std::isfinite(x); })) return;
  throw Error(Status::kInvalidArgument,
              "--sample " + file + ": has numbers that are not finite, expected images");
}

}  // namespace

std::vector<cli::FileArgument> sample_files(const std::vector<std::string>& arguments) {
  std::vector<cli::FileArgument> files;
  for (const std::string& argument : arguments) {
    files.push_back({"--sample", argument});
    for (std::size_t i = 0; i < argument.size(); ++i) {
      if (argument[i] == '=') files.push_back({"--sample", argument.substr(i + 1)});
    }
  }
  return files;
}

SelfTest read_sample(const std::vector<std::string>& arguments, const Graph& graph,
                     const std::vector<InputPreprocessing>& preprocessing) {
  const auto files = datasets::assign_files(arguments, graph, graph.inputs, "sample");
  std::vector<datasets::Array> arrays = datasets::read_inputs(files, graph);
  SelfTest sample{.batch = std::min(arrays.front().shape[0], kMostSampleImages)};
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    datasets::Array& array = arrays[i];
    if (array.from_bytes && !preprocessing.empty()) datasets::prepare(array, preprocessing[i]);
    const std::int64_t image = graph.value(graph.inputs[i]).shape.elements();
    array.data.resize(static_cast<std::size_t>(image * sample.batch));
    check_finite(array.data, files[i]);
    sample.inputs.push_back(std::move(array.data));
  }
  return sample;
}

}  // namespace ockham::converters
