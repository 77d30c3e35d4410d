// The C interface's functions on models.
#include <algorithm>
#include <cstring>
#include <new>
#include <span>

#include "ockham/ockham.h"
#include "runtime/api/growing_struct.h"
#include "runtime/api/guard.h"
#include "runtime/api/handles.h"

namespace ockham::capi {
namespace {

constexpr std::align_val_t kModelAlignment{64};

/// Memory as aligned as a mapped file, which the reader asks for.
std::shared_ptr<std::byte> aligned_copy(const void* bytes, std::size_t size) {
  auto* memory = static_cast<std::byte*>(::operator new(size, kModelAlignment));
  std::shared_ptr<std::byte> copy(memory,
                                  [](std::byte* p) { ::operator delete(p, kModelAlignment); });
  std::memcpy(memory, bytes, size);
  return copy;
}

std::shared_ptr<const Model> load_memory(const void* bytes, std::size_t size) {
  deref(static_cast<const std::byte*>(bytes), "bytes");
  const std::shared_ptr<std::byte> copy = aligned_copy(bytes, size);
  return Model::from_contents(parse_model(std::span(copy.get(), size), copy));
}

ValueId value_at(const std::vector<ValueId>& values, std::size_t index, const char* kind) {
  if (index >= values.size()) {
    throw Error(Status::kInvalidArgument, std::string(kind) + " " + std::to_string(index) +
                                              " does not exist: the model has " +
                                              std::to_string(values.size()));
  }
  return values[index];
}

ockham_value_info describe(const Value& value) {
  ockham_value_info info{};
  info.name = value.name.c_str();
  info.element_type = static_cast<std::int32_t>(value.type);
  info.rank = value.shape.rank();
  std::copy(value.shape.dims().begin(), value.shape.dims().end(), info.shape);
  return info;
}

ockham_preprocessing describe(const InputPreprocessing& preprocessing) {
  ockham_preprocessing described{};
  described.scale = static_cast<double>(preprocessing.scale);
  described.mean_count = preprocessing.mean.size();
  described.mean = preprocessing.mean.data();
  described.standard_deviation_count = preprocessing.standard_deviation.size();
  described.standard_deviation = preprocessing.standard_deviation.data();
  return described;
}

ockham_preprocessing preprocessing_of(const ModelContents& contents, std::size_t input) {
  value_at(contents.graph.inputs, input, "input");
  return contents.preprocessing.empty() ? describe(InputPreprocessing{})
                                        : describe(contents.preprocessing[input]);
}

/// Hands the model that `make` returns to the caller.
template <class Make>
ockham_status create_model(ockham_model** model, Make&& make) {
  if (model == nullptr) return fail(OCKHAM_INVALID_ARGUMENT, "model is NULL");
  *model = nullptr;
  return guarded([&] { *model = new ockham_model{make()}; });
}

}  // namespace
}  // namespace ockham::capi

namespace capi = ockham::capi;
static_assert(OCKHAM_FLOAT32 == static_cast<int>(ockham::ElementType::kFloat32));
static_assert(OCKHAM_INT64 == static_cast<int>(ockham::ElementType::kInt64));
static_assert(OCKHAM_MAX_RANK == ockham::kMaxRank);
static_assert(OCKHAM_BATCH == ockham::Shape::kBatch);

ockham_status ockham_model_load(const char* path, ockham_model** model) {
  return capi::create_model(model, [&] { return ockham::Model::load(&capi::deref(path, "path")); });
}

ockham_status ockham_model_load_memory(const void* bytes, size_t size, ockham_model** model) {
  return capi::create_model(model, [&] { return capi::load_memory(bytes, size); });
}

void ockham_model_destroy(ockham_model* model) { delete model; }

size_t ockham_model_input_count(const ockham_model* model) {
  return model == nullptr ? 0 : model->model->graph().inputs.size();
}

size_t ockham_model_output_count(const ockham_model* model) {
  return model == nullptr ? 0 : model->model->graph().outputs.size();
}

ockham_status ockham_model_input(const ockham_model* model, size_t index, ockham_value_info* info) {
  return capi::guarded([&] {
    const ockham::Graph& graph = capi::deref(model, "model").model->graph();
    const ockham::ValueId id = capi::value_at(graph.inputs, index, "input");
    capi::write_struct(capi::describe(graph.value(id)), capi::deref(info, "info"), "info");
  });
}

ockham_status ockham_model_output(const ockham_model* model, size_t index,
                                  ockham_value_info* info) {
  return capi::guarded([&] {
    const ockham::Graph& graph = capi::deref(model, "model").model->graph();
    const ockham::ValueId id = capi::value_at(graph.outputs, index, "output");
    capi::write_struct(capi::describe(graph.value(id)), capi::deref(info, "info"), "info");
  });
}

ockham_status ockham_model_preprocessing(const ockham_model* model, size_t input,
                                         ockham_preprocessing* preprocessing) {
  return capi::guarded([&] {
    const ockham::ModelContents& contents = capi::deref(model, "model").model->contents();
    capi::write_struct(capi::preprocessing_of(contents, input),
                       capi::deref(preprocessing, "preprocessing"), "preprocessing");
  });
}

const char* ockham_model_provenance(const ockham_model* model, const char* key) {
  if (model == nullptr || key == nullptr) return nullptr;
  for (const auto& [entry_key, text] : model->model->contents().provenance.entries) {
    if (entry_key == key) return text.c_str();
  }
  return nullptr;
}

size_t ockham_model_provenance_count(const ockham_model* model) {
  return model == nullptr ? 0 : model->model->contents().provenance.entries.size();
}

const char* ockham_model_provenance_key(const ockham_model* model, size_t index) {
  if (index >= ockham_model_provenance_count(model)) return nullptr;
  return model->model->contents().provenance.entries[index].first.c_str();
}
