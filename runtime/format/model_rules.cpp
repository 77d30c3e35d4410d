#include "runtime/format/model_rules.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_set>

#include "runtime/format/container.h"
#include "runtime/format/format_error.h"
#include "runtime/graph/channel_run.h"
#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"
#include "runtime/graph/validate.h"

namespace ockham::format {
namespace {

bool all_finite(const std::vector<float>& numbers) {
  return std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); });
}

/// Keeps section self-test well below the largest FlatBuffer.
constexpr std::size_t kMaxSelfTestElements = std::size_t{1} << 28;

std::size_t total_elements(const SelfTest& self_test) {
  std::size_t total = 0;
  for (const auto& tensor : self_test.inputs) total += tensor.size();
  for (const auto& tensor : self_test.outputs) total += tensor.size();
  return total;
}

/// Says which section breaks a rule.
class Rules {
 public:
  explicit Rules(SectionKind kind) : section_(section_name(kind)) {}

  void expect(bool holds, const std::string& field, const std::string& found,
              const std::string& expected) const {
    if (!holds) refuse(section_, field, found, expected);
  }

  void expect_finite(const std::vector<float>& numbers, const std::string& field) const {
    expect(all_finite(numbers), field, "a number that is not finite", "finite numbers");
  }

  void expect_count(std::size_t found, std::size_t expected, const std::string& field,
                    const std::string& what) const {
    expect(found == expected, field, std::to_string(found),
           std::to_string(expected) + " (" + what + ")");
  }

 private:
  std::string_view section_;
};

void check_graph(const Graph& graph) {
  try {
    validate(graph);
  } catch (const Error& error) {
    throw Error(error.status(), "section graph, " + std::string(error.what()));
  }
}

void check_channel_numbers(const Rules& rules, const std::vector<float>& numbers,
                           const Value& input, const std::string& field) {
  if (numbers.empty()) return;
  if (!channel_run(input.shape, std::ssize(numbers))) {
    const std::size_t channels =
        input.shape.rank() > 1 ? static_cast<std::size_t>(input.shape[1]) : 1;
    rules.expect_count(numbers.size(), channels, "number of " + field,
                       "channels of input '" + input.name + "'");
  }
  rules.expect_finite(numbers, field);
}

void check_preprocessing(const ModelContents& contents) {
  const std::vector<InputPreprocessing>& preprocessing = contents.preprocessing;
  if (preprocessing.empty()) return;
  const Graph& graph = contents.graph;
  const Rules rules(SectionKind::kPreprocessing);
  rules.expect_count(preprocessing.size(), graph.inputs.size(), "number of inputs",
                     "inputs of the graph");
  for (std::size_t i = 0; i < preprocessing.size(); ++i) {
    const InputPreprocessing& input = preprocessing[i];
    const Value& value = graph.value(graph.inputs[i]);
    const std::string field = indexed("inputs", i);
    rules.expect(std::isfinite(input.scale), field + ".scale", number_text(input.scale),
                 "a finite number");
    check_channel_numbers(rules, input.mean, value, field + ".mean");
    check_channel_numbers(rules, input.standard_deviation, value, field + ".standard_deviation");
    rules.expect(std::ranges::all_of(input.standard_deviation, [](float d) { return d > 0.0f; }),
                 field + ".standard_deviation", "a number that is not positive",
                 "positive numbers");
  }
}

void check_tensors(const Rules& rules, const std::vector<std::vector<float>>& tensors,
                   const Graph& graph, const std::vector<ValueId>& values, std::int64_t batch,
                   const std::string& list) {
  rules.expect_count(tensors.size(), values.size(), "number of " + list, list + " of the graph");
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Value& value = graph.value(values[i]);
    const std::int64_t elements = saturating_multiply(batch, value.shape.elements());
    rules.expect_count(
        tensors[i].size(), static_cast<std::size_t>(elements), "elements of " + indexed(list, i),
        std::to_string(batch) + " images of '" + value.name + "', " + value.shape.text());
    rules.expect_finite(tensors[i], indexed(list, i));
  }
}

void check_self_test(const ModelContents& contents) {
  if (!contents.self_test) return;
  const SelfTest& self_test = *contents.self_test;
  const Graph& graph = contents.graph;
  const Rules rules(SectionKind::kSelfTest);
  rules.expect(self_test.batch >= 1, "batch", std::to_string(self_test.batch), "at least 1");
  rules.expect(std::isfinite(self_test.tolerance) && self_test.tolerance > 0.0f, "tolerance",
               number_text(self_test.tolerance), "a positive number");
  if (!self_test.allowed.empty()) {
    rules.expect_count(self_test.allowed.size(), self_test.outputs.size(), "elements of allowed",
                       "outputs");
    rules.expect_finite(self_test.allowed, "allowed");
    rules.expect(std::ranges::all_of(self_test.allowed, [](float a) { return a >= 0.0f; }),
                 "allowed", "a negative number", "numbers from 0 on");
  }
  const std::size_t total = total_elements(self_test);
  rules.expect(total <= kMaxSelfTestElements, "elements", std::to_string(total),
               "at most " + std::to_string(kMaxSelfTestElements) + "; take fewer images");
  check_tensors(rules, self_test.inputs, graph, graph.inputs, self_test.batch, "inputs");
  check_tensors(rules, self_test.outputs, graph, graph.outputs, self_test.batch, "outputs");
}

void check_entries(const Rules& rules, const Provenance& provenance) {
  std::unordered_set<std::string_view> keys;
  for (std::size_t i = 0; i < provenance.entries.size(); ++i) {
    const std::string& key = provenance.entries[i].first;
    const std::string field = indexed("entries", i) + ".key";
    rules.expect(!key.empty(), field, "no text", "a key");
    rules.expect(keys.insert(key).second, field, "'" + key + "' again", "each key once");
  }
}

/// One number per dense filter or neuron, or none.
void check_channel_numbers(const Rules& rules, const std::vector<float>& numbers,
                           std::int64_t dense_width, const std::string& field) {
  const bool no_nan = std::ranges::none_of(numbers, [](float one) { return std::isnan(one); });
  rules.expect(no_nan, field, "a number that is not a number", "numbers");
  if (numbers.empty()) return;
  rules.expect_count(numbers.size(), static_cast<std::size_t>(dense_width), "number of " + field,
                     "dense width");
}

void check_layer(const Rules& rules, const LayerHistory& layer, const std::string& field) {
  rules.expect(!layer.layer.empty(), field + ".layer", "no text", "the name of a layer");
  rules.expect(layer.dense_width >= 0, field + ".dense_width", std::to_string(layer.dense_width),
               "at least 0");
  rules.expect(layer.width >= 0, field + ".width", std::to_string(layer.width), "at least 0");
  rules.expect(!std::isnan(layer.threshold), field + ".threshold", "not a number", "a number");
  check_channel_numbers(rules, layer.relevance, layer.dense_width, field + ".relevance");
  check_channel_numbers(rules, layer.mean, layer.dense_width, field + ".mean");
  check_channel_numbers(rules, layer.standard_deviation, layer.dense_width,
                        field + ".standard_deviation");
}

void check_provenance(const Provenance& provenance) {
  const Rules rules(SectionKind::kProvenance);
  check_entries(rules, provenance);
  for (std::size_t i = 0; i < provenance.layers.size(); ++i) {
    check_layer(rules, provenance.layers[i], indexed("layers", i));
  }
}

}  // namespace

void check_model(const ModelContents& contents) {
  check_graph(contents.graph);
  check_preprocessing(contents);
  check_self_test(contents);
  check_provenance(contents.provenance);
}

}  // namespace ockham::format
