// Conversion, where this build has the converters.
#include <nanobind/nanobind.h>

#include "python/bindings/bindings.h"

namespace nb = nanobind;

#ifndef OCKHAM_WITH_CONVERTERS

namespace ockham::python {

void bind_conversion(nb::module_& module) { module.attr("has_converters") = false; }

}  // namespace ockham::python

#else

#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "converters/pruning/conversion.h"
#include "converters/pruning/history.h"
#include "converters/pruning/plan_json.h"
#include "converters/pruning/proof.h"
#include "runtime/format/model_file.h"

namespace ockham::python {
namespace {

using namespace converters;
namespace fs = std::filesystem;

/// One per input, all of as many images: prepared, as the network takes them.
using Sample = std::vector<nb::ndarray<const float, nb::c_contig, nb::device::cpu> >;

struct ConversionOptions {
  std::map<std::string, std::vector<std::int64_t> > shapes;
  std::size_t max_memory = ImportOptions{}.max_memory;
  std::uint64_t seed = 1;
};

/// What came of a conversion. Writing is apart, as the program has it.
struct BoundConversion {
  std::string plan;  ///< JSON
  std::string table;
  double in_double = 0.0, in_float = 0.0;  ///< differences that verifying found
  ModelContents contents;
  OnnxModel onnx;                 ///< the compact network, with its metadata
  std::vector<fs::path> sources;  ///< files that the network came from, absolute
};

OnnxModel import_network(const fs::path& path, const ConversionOptions& options) {
  return import_onnx(path, {.max_memory = options.max_memory, .shapes = options.shapes});
}

/// The text of the plan alone: nothing is verified.
std::string plan_of(const fs::path& path, const ConversionOptions& options) {
  const nb::gil_scoped_release released;
  const Conversion conversion = convert(import_network(path, options).graph);
  return plan_json(conversion.masked, conversion.plan, conversion.explanation);
}

std::optional<SelfTest> self_test_of(const Sample& sample, const Graph& graph) {
  if (sample.empty()) return std::nullopt;
  if (sample.size() != graph.inputs.size()) {
    throw Error(Status::kInvalidArgument, "sample: has " + std::to_string(sample.size()) +
                                              " arrays, expected one for each " + "of the " +
                                              std::to_string(graph.inputs.size()) + " inputs");
  }
  SelfTest test{.batch = static_cast<std::int64_t>(sample.front().shape(0))};
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const Value& value = graph.value(graph.inputs[i]);
    const auto expected = static_cast<std::size_t>(test.batch * value.shape.elements());
    if (sample[i].size() != expected) {
      throw Error(Status::kInvalidArgument, "sample: the array for input '" + value.name +
                                                "' has " + std::to_string(sample[i].size()) +
                                                " elements, expected " + std::to_string(expected) +
                                                " for " + std::to_string(test.batch) +
                                                " images of shape " + value.shape.text());
    }
    test.inputs.emplace_back(sample[i].data(), sample[i].data() + sample[i].size());
  }
  return test;
}

BoundConversion convert_network(const fs::path& path, const std::string& source_name,
                                const Sample& sample, const ConversionOptions& options) {
  const nb::gil_scoped_release released;
  OnnxModel source = import_network(path, options);
  std::vector<fs::path> sources = {fs::absolute(path)};
  for (const fs::path& file : source.external_files) sources.push_back(fs::absolute(file));
  const Conversion conversion = convert(source.graph);
  TrainingRecord record = from_metadata(source.metadata, source.graph);
  if (!sample.empty()) record.sample = self_test_of(sample, source.graph);
  Proof proof =
      prove(source.graph, conversion.compacted, record.sample, options.seed, sample.empty());
  add_history(conversion.explanation, source_name, record.provenance);
  record.sample = std::move(proof.self_test);
  for (auto& [key, text] : to_metadata(record)) source.metadata.insert_or_assign(key, text);
  return {.plan = plan_json(conversion.masked, conversion.plan, conversion.explanation),
          .table = conversion.explanation.text(),
          .in_double = proof.agreement.in_double,
          .in_float = proof.agreement.in_float,
          .contents = {.graph = conversion.compacted.graph,
                       .preprocessing = record.preprocessing,
                       .self_test = record.sample,
                       .provenance = record.provenance},
          .onnx = {conversion.compacted.graph, std::move(source.metadata)},
          .sources = std::move(sources)};
}

nb::bytes model_bytes(const BoundConversion& conversion) {
  const std::vector<std::byte> bytes = serialize_model(conversion.contents);
  return nb::bytes(bytes.data(), bytes.size());
}

/// Throws Error where writing to `output` would destroy what the network came from.
void check_output(const BoundConversion& conversion, const fs::path& output) {
  for (const fs::path& source : conversion.sources) {
    std::error_code ignored;  // where one of them is absent, they are not the same
    if (!fs::equivalent(source, output, ignored)) continue;
    throw Error(Status::kInvalidArgument, output.string() +
                                              ": the network itself is in this file (" +
                                              source.string() + "); name another file to write");
  }
}

std::size_t write_model_file(const BoundConversion& conversion, const fs::path& output) {
  check_output(conversion, output);
  return write_model(output, conversion.contents);
}

std::size_t write_onnx_file(const BoundConversion& conversion, const fs::path& output) {
  check_output(conversion, output);
  return export_onnx(output, conversion.onnx);
}

}  // namespace

void bind_conversion(nb::module_& module) {
  module.attr("has_converters") = true;
  nb::class_<ConversionOptions>(module, "ConversionOptions")
      .def(nb::init<>())
      .def_rw("shapes", &ConversionOptions::shapes)
      .def_rw("max_memory", &ConversionOptions::max_memory)
      .def_rw("seed", &ConversionOptions::seed);
  nb::class_<BoundConversion>(module, "Conversion")
      .def_ro("plan", &BoundConversion::plan)
      .def_ro("table", &BoundConversion::table)
      .def_ro("in_double", &BoundConversion::in_double)
      .def_ro("in_float", &BoundConversion::in_float)
      .def("model_bytes", model_bytes)
      .def("write_model", write_model_file)
      .def("write_onnx", write_onnx_file);
  module.def("plan", plan_of);
  module.def("convert", convert_network);
}

}  // namespace ockham::python

#endif
