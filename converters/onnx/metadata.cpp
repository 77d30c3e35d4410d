#include "converters/onnx/metadata.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <unordered_set>

#include "converters/onnx/base64.h"
#include "runtime/graph/channel_run.h"
#include "runtime/graph/error.h"

namespace ockham::converters {
namespace {

using nlohmann::json;

constexpr const char* kProvenance = "ockham.provenance";
constexpr const char* kPreprocessing = "ockham.preparation";
constexpr const char* kSample = "ockham.sample";

// Every float travels as base64 of its little-endian bytes, so that all its bits arrive.

json floats_to_json(std::span<const float> floats) {
  return onnx_io::base64_encode(std::as_bytes(floats));
}

json float_to_json(float number) { return floats_to_json({&number, 1}); }

json arrays_to_json(const std::vector<std::vector<float>>& arrays) {
  json list = json::array();
  for (const std::vector<float>& array : arrays) list.push_back(floats_to_json(array));
  return list;
}

json provenance_to_json(const Provenance& provenance) {
  json entries = json::array();
  for (const auto& [key, value] : provenance.entries) entries.push_back({key, value});
  json layers = json::array();
  for (const LayerHistory& layer : provenance.layers) {
    layers.push_back({{"layer", layer.layer},
                      {"dense_width", layer.dense_width},
                      {"width", layer.width},
                      {"reason", layer.reason},
                      {"relevance", floats_to_json(layer.relevance)},
                      {"threshold", float_to_json(layer.threshold)},
                      {"mean", floats_to_json(layer.mean)},
                      {"deviation", floats_to_json(layer.standard_deviation)}});
  }
  return {{"entries", entries}, {"layers", layers}};
}

json preprocessing_to_json(const std::vector<InputPreprocessing>& preprocessing) {
  json list = json::array();
  for (const InputPreprocessing& one : preprocessing) {
    list.push_back({{"scale", float_to_json(one.scale)},
                    {"mean", floats_to_json(one.mean)},
                    {"deviation", floats_to_json(one.standard_deviation)}});
  }
  return list;
}

json sample_to_json(const SelfTest& sample) {
  json value = {{"batch", sample.batch},
                {"inputs", arrays_to_json(sample.inputs)},
                {"outputs", arrays_to_json(sample.outputs)},
                {"tolerance", float_to_json(sample.tolerance)}};
  if (!sample.allowed.empty()) value["allowed"] = floats_to_json(sample.allowed);
  return value;
}

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Reads one metadata value; every failure names its key.
class Decoder {
 public:
  explicit Decoder(std::string key) : key_(std::move(key)) {}

  [[noreturn]] void refuse(const std::string& text) const {
    throw Error(Status::kInvalidModel, "metadata '" + key_ + "': " + text);
  }

  json parse(const std::string& text) const {
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded()) refuse("is no JSON");
    return value;
  }

  const json& member(const json& object, const char* name) const {
    if (!object.is_object() || !object.contains(name)) {
      refuse("'" + std::string(name) + "' is missing");
    }
    return object[name];
  }

  const json& list(const json& value, const std::string& name) const {
    if (!value.is_array()) refuse("'" + name + "' is no list");
    return value;
  }

  std::string text(const json& value, const char* name) const {
    if (!value.is_string()) refuse("'" + std::string(name) + "' is no text");
    return value.get<std::string>();
  }

  std::int64_t integer(const json& value, const char* name, std::int64_t least,
                       std::int64_t most) const {
    const bool is_integer = value.is_number_integer() &&
                            (!value.is_number_unsigned() ||
                             value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most));
    if (!is_integer || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
      refuse("'" + std::string(name) + "' is no integer from " + std::to_string(least) + " to " +
             std::to_string(most));
    }
    return value.get<std::int64_t>();
  }

  std::vector<float> floats(const json& value, const char* name) const {
    const auto bytes = onnx_io::base64_decode(text(value, name));
    if (!bytes || bytes->size() % sizeof(float) != 0) {
      refuse("'" + std::string(name) + "' is no base64 of floats");
    }
    std::vector<float> decoded(bytes->size() / sizeof(float));
    if (!decoded.empty()) std::memcpy(decoded.data(), bytes->data(), bytes->size());
    return decoded;
  }

  float number(const json& value, const char* name) const {
    const std::vector<float> decoded = floats(value, name);
    expect_size(decoded.size(), 1, name);
    return decoded[0];
  }

  void expect_size(std::size_t found, std::size_t expected, const std::string& name) const {
    if (found == expected) return;
    refuse("'" + name + "' has " + std::to_string(found) + " elements, expected " +
           std::to_string(expected));
  }

  void expect_finite(std::span<const float> floats, const std::string& name) const {
    for (const float one : floats) {
      if (!std::isfinite(one)) refuse("'" + name + "' has an element that is not finite");
    }
  }

  void expect_positive(std::span<const float> floats, const std::string& name) const {
    for (const float one : floats) {
      if (!(one > 0.0f)) refuse("'" + name + "' has an element that is not positive");
    }
  }

 private:
  std::string key_;
};

constexpr std::int64_t kWidest = std::int64_t{1} << 24;
constexpr std::int64_t kLargestBatch = 1 << 20;

LayerHistory decode_layer(const Decoder& decoder, const json& value) {
  LayerHistory layer;
  layer.layer = decoder.text(decoder.member(value, "layer"), "layer");
  layer.dense_width =
      decoder.integer(decoder.member(value, "dense_width"), "dense_width", 0, kWidest);
  layer.width = decoder.integer(decoder.member(value, "width"), "width", 0, kWidest);
  layer.reason = decoder.text(decoder.member(value, "reason"), "reason");
  const auto per_channel = [&](const char* name) {
    std::vector<float> numbers = decoder.floats(decoder.member(value, name), name);
    if (!numbers.empty()) {
      decoder.expect_size(numbers.size(), static_cast<std::size_t>(layer.dense_width), name);
    }
    return numbers;
  };
  layer.relevance = per_channel("relevance");
  layer.threshold = decoder.number(decoder.member(value, "threshold"), "threshold");
  if (value.contains("mean")) layer.mean = per_channel("mean");
  if (value.contains("deviation")) layer.standard_deviation = per_channel("deviation");
  return layer;
}

Provenance decode_provenance(const std::string& text) {
  const Decoder decoder(kProvenance);
  const json value = decoder.parse(text);
  Provenance provenance;
  std::unordered_set<std::string> keys;
  for (const json& entry : decoder.list(decoder.member(value, "entries"), "entries")) {
    if (!entry.is_array() || entry.size() != 2) decoder.refuse("an entry is no pair of texts");
    const std::string key = decoder.text(entry[0], "entries");
    if (!keys.insert(key).second) decoder.refuse("an entry's key occurs twice");
    provenance.entries.emplace_back(key, decoder.text(entry[1], "entries"));
  }
  for (const json& layer : decoder.list(decoder.member(value, "layers"), "layers")) {
    provenance.layers.push_back(decode_layer(decoder, layer));
  }
  return provenance;
}

InputPreprocessing decode_input_preprocessing(const Decoder& decoder, const json& value,
                                              const Value& input) {
  InputPreprocessing preprocessing;
  preprocessing.scale = decoder.number(decoder.member(value, "scale"), "scale");
  preprocessing.mean = decoder.floats(decoder.member(value, "mean"), "mean");
  preprocessing.standard_deviation =
      decoder.floats(decoder.member(value, "deviation"), "deviation");
  const auto expect_channels = [&](const std::vector<float>& numbers, const char* name) {
    if (numbers.empty() || channel_run(input.shape, std::ssize(numbers))) return;
    const auto channels = static_cast<std::size_t>(input.shape.rank() > 1 ? input.shape[1] : 1);
    decoder.expect_size(numbers.size(), channels, name);
  };
  expect_channels(preprocessing.mean, "mean");
  expect_channels(preprocessing.standard_deviation, "deviation");
  decoder.expect_finite({&preprocessing.scale, 1}, "scale");
  decoder.expect_finite(preprocessing.mean, "mean");
  decoder.expect_finite(preprocessing.standard_deviation, "deviation");
  decoder.expect_positive(preprocessing.standard_deviation, "deviation");
  return preprocessing;
}

std::vector<InputPreprocessing> decode_preprocessing(const std::string& text, const Graph& graph) {
  const Decoder decoder(kPreprocessing);
  const json value = decoder.parse(text);
  const json& list = decoder.list(value, "preparation");
  std::vector<InputPreprocessing> preprocessing;
  if (list.empty()) return preprocessing;
  decoder.expect_size(list.size(), graph.inputs.size(), "preparation");
  for (std::size_t i = 0; i < list.size(); ++i) {
    preprocessing.push_back(
        decode_input_preprocessing(decoder, list[i], graph.value(graph.inputs[i])));
  }
  return preprocessing;
}

/// One array per value, each with `batch` images.
std::vector<std::vector<float>> decode_tensors(const Decoder& decoder, const json& sample,
                                               const char* name, const Graph& graph,
                                               const std::vector<ValueId>& values,
                                               std::int64_t batch) {
  const json& list = decoder.list(decoder.member(sample, name), name);
  decoder.expect_size(list.size(), values.size(), name);
  std::vector<std::vector<float>> tensors;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.value(values[i]);
    tensors.push_back(decoder.floats(list[i], name));
    decoder.expect_size(tensors.back().size(),
                        static_cast<std::size_t>(value.shape.elements() * batch),
                        std::string(name) + "' for '" + value.name);
    decoder.expect_finite(tensors.back(), name);
  }
  return tensors;
}

SelfTest decode_sample(const std::string& text, const Graph& graph) {
  const Decoder decoder(kSample);
  const json value = decoder.parse(text);
  SelfTest sample;
  sample.batch = decoder.integer(decoder.member(value, "batch"), "batch", 1, kLargestBatch);
  sample.inputs = decode_tensors(decoder, value, "inputs", graph, graph.inputs, sample.batch);
  sample.outputs = decode_tensors(decoder, value, "outputs", graph, graph.outputs, sample.batch);
  sample.tolerance = decoder.number(decoder.member(value, "tolerance"), "tolerance");
  if (!(sample.tolerance > 0.0f && std::isfinite(sample.tolerance))) {
    decoder.refuse("'tolerance' is no positive number");
  }
  if (value.contains("allowed")) {
    sample.allowed = decoder.floats(decoder.member(value, "allowed"), "allowed");
    decoder.expect_size(sample.allowed.size(), sample.outputs.size(), "allowed");
    decoder.expect_finite(sample.allowed, "allowed");
    if (std::ranges::any_of(sample.allowed, [](float a) { return a < 0.0f; })) {
      decoder.refuse("'allowed' has a negative number");
    }
  }
  return sample;
}

}  // namespace

std::map<std::string, std::string> to_metadata(const TrainingRecord& record) {
  std::map<std::string, std::string> metadata = {
      {kProvenance, text_of(provenance_to_json(record.provenance))},
      {kPreprocessing, text_of(preprocessing_to_json(record.preprocessing))}};
  if (record.sample) metadata[kSample] = text_of(sample_to_json(*record.sample));
  return metadata;
}

TrainingRecord from_metadata(const std::map<std::string, std::string>& metadata,
                             const Graph& graph) {
  TrainingRecord record;
  const auto when_present = [&](const char* key, const auto& decode) {
    if (const auto found = metadata.find(key); found != metadata.end()) decode(found->second);
  };
  when_present(kProvenance,
               [&](const std::string& text) { record.provenance = decode_provenance(text); });
  when_present(kPreprocessing, [&](const std::string& text) {
    record.preprocessing = decode_preprocessing(text, graph);
  });
  when_present(kSample,
               [&](const std::string& text) { record.sample = decode_sample(text, graph); });
  return record;
}

}  // namespace ockham::converters
