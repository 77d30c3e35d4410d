#include "tests/runtime/api/test_models.h"

#include <fstream>
#include <iterator>
#include <random>

#include "runtime/format/model_file.h"
#include "runtime/reference/reference.h"

namespace ockham::tests {
namespace {

constexpr std::int64_t kImageFloats = 2 * 4 * 4;
constexpr std::int64_t kSelfTestImages = 2;

Graph classifier() {
  Graph graph;
  graph.name = "classifier";
  const ValueId image = graph.add_input("image", {Shape::kBatch, 2, 4, 4});
  const ValueId filters = graph.add_constant("filters", {5, 2, 3, 3}, numbers(5 * 2 * 3 * 3, 1));
  const ValueId shifts = graph.add_constant("shifts", {5}, numbers(5, 2));
  const ValueId weights = graph.add_constant("weights", {3, 5 * 4 * 4}, numbers(3 * 5 * 4 * 4, 3));
  const Conv2d padded{.window = {.kernel = {3, 3}, .pad_begin = {1, 1}, .pad_end = {1, 1}}};
  const ValueId convolved = graph.add_node("conv", padded, {image, filters, shifts});
  const ValueId active = graph.add_node("active", Unary{UnaryKind::kRelu}, {convolved});
  const ValueId flat = graph.add_node("flat", Flatten{}, {active});
  graph.outputs = {graph.add_node("scores", Linear{}, {flat, weights})};
  return graph;
}

ModelContents classifier_contents() {
  ModelContents contents;
  contents.graph = classifier();
  contents.preprocessing = {{1.0f / 255.0f, {0.25f, 0.5f}, {1.0f, 2.0f}}};
  contents.provenance.set("method", "group-ard");
  contents.provenance.set("seed", "7");
  const std::vector<float> images = numbers(kSelfTestImages * kImageFloats, 4);
  contents.self_test = SelfTest{kSelfTestImages, {images}, {classifier_scores(images)}, 1e-5f};
  return contents;
}

}  // namespace

void write_classifier(const std::string& path) { write_model(path, classifier_contents()); }

void write_failing_classifier(const std::string& path) {
  ModelContents contents = classifier_contents();
  contents.self_test->outputs[0][1] += 0.5f;
  write_model(path, contents);
}

std::vector<float> classifier_scores(const std::vector<float>& images) {
  const auto batch = static_cast<std::int64_t>(images.size()) / kImageFloats;
  const reference::Tensor<float> input{{batch, 2, 4, 4}, images};
  return reference::run<float>(classifier(), std::span(&input, 1))[0].data;
}

void write_adder(const std::string& path) {
  ModelContents contents;
  Graph& graph = contents.graph;
  graph.name = "adder";
  const ValueId left = graph.add_input("left", {Shape::kBatch, 3});
  const ValueId right = graph.add_input("right", {Shape::kBatch, 3});
  const ValueId sum = graph.add_node("sum", Binary{BinaryKind::kAdd}, {left, right});
  const ValueId positive = graph.add_node("positive", Unary{UnaryKind::kRelu}, {sum});
  graph.outputs = {sum, positive};
  write_model(path, contents);
}

void write_large_layer(const std::string& path, int layers) {
  ModelContents contents;
  Graph& graph = contents.graph;
  graph.name = "large_layer";
  ValueId y = graph.add_input("x", {Shape::kBatch, 1000});
  const ValueId weights = graph.add_constant("weights", {1000, 1000}, numbers(1000 * 1000, 5));
  for (int i = 1; i < layers; ++i) {
    y = graph.add_node("layer" + std::to_string(i), Linear{}, {y, weights});
  }
  graph.outputs = {graph.add_node("y", Linear{}, {y, weights})};
  write_model(path, contents);
}

void write_arg_max(const std::string& path) {
  ModelContents contents;
  Graph& graph = contents.graph;
  graph.name = "arg_max";
  const ValueId scores = graph.add_input("scores", {Shape::kBatch, 4});
  const ArgExtreme largest{.kind = ArgKind::kMax, .axis = 1, .keeps_axis = false};
  graph.outputs = {graph.add_node("class", largest, {scores})};
  write_model(path, contents);
}

std::vector<float> numbers(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> result(count);
  for (float& number : result) number = static_cast<float>(generator() % 2001) / 1000.0f - 1.0f;
  return result;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace ockham::tests
