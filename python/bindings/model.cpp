#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "python/bindings/bindings.h"

namespace nb = nanobind;

namespace ockham::python {
namespace {

/// Name, shape (the batch is -1) and element type of an input or output.
using ValueInfo = std::tuple<std::string, std::vector<std::int64_t>, std::int32_t>;

template <class Count, class Describe>
std::vector<ValueInfo> values(const BoundModel& model, const Count& count,
                              const Describe& describe) {
  std::vector<ValueInfo> all;
  for (std::size_t i = 0; i < count(model.handle.get()); ++i) {
    ockham_value_info info{};
    info.struct_size = sizeof info;
    check(describe(model.handle.get(), i, &info));
    all.emplace_back(info.name, std::vector<std::int64_t>(info.shape, info.shape + info.rank),
                     info.element_type);
  }
  return all;
}

Preprocessing preprocessing(const BoundModel& model, std::size_t input) {
  ockham_preprocessing found{};
  found.struct_size = sizeof found;
  check(ockham_model_preprocessing(model.handle.get(), input, &found));
  return {found.scale,
          {found.mean, found.mean + found.mean_count},
          {found.standard_deviation, found.standard_deviation + found.standard_deviation_count}};
}

std::vector<std::pair<std::string, std::string>> provenance(const BoundModel& model) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (std::size_t i = 0; i < ockham_model_provenance_count(model.handle.get()); ++i) {
    const char* key = ockham_model_provenance_key(model.handle.get(), i);
    entries.emplace_back(key, ockham_model_provenance(model.handle.get(), key));
  }
  return entries;
}

BoundModel load(const std::filesystem::path& path) {
  const nb::gil_scoped_release released;
  return bound_model([&](ockham_model** model) { return ockham_model_load(path.c_str(), model); });
}

BoundModel from_bytes(const nb::bytes& bytes) {
  return bound_model([&](ockham_model** model) {
    return ockham_model_load_memory(bytes.c_str(), bytes.size(), model);
  });
}

}  // namespace

void bind_models(nb::module_& module) {
  nb::class_<BoundModel>(module, "Model")
      .def_static("load", load)
      .def_static("from_bytes", from_bytes)
      .def("inputs",
           [](const BoundModel& model) {
             return values(model, ockham_model_input_count, ockham_model_input);
           })
      .def("outputs",
           [](const BoundModel& model) {
             return values(model, ockham_model_output_count, ockham_model_output);
           })
      .def("preprocessing", preprocessing)
      .def("provenance", provenance);
}

}  // namespace ockham::python
