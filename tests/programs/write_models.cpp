// Writes the small models that the tests of the programs run: write_models FOLDER.
#include <filesystem>

#include "runtime/format/model_file.h"
#include "tests/cases/test_networks.h"
#include "tests/programs/model_writer.h"

namespace ockham::tests {
namespace {

/// A classifier of 28x28 pictures with preprocessing.
ModelContents digits() {
  ModelContents contents;
  contents.graph = lenet5(1);
  contents.preprocessing = {
      {.scale = 1.0f / 255.0f, .mean = {0.25f}, .standard_deviation = {0.5f}}};
  return contents;
}

/// The same without preprocessing.
ModelContents plain_digits() {
  ModelContents contents;
  contents.graph = lenet5(1);
  return contents;
}

/// Inputs "left" and "right" [N, 3], outputs "sum" and "positive".
ModelContents adder() {
  ModelContents contents;
  Graph& graph = contents.graph;
  const ValueId left = graph.add_input("left", {Shape::kBatch, 3});
  const ValueId right = graph.add_input("right", {Shape::kBatch, 3});
  const ValueId sum = graph.add_node("sum", Binary{BinaryKind::kAdd}, {left, right});
  graph.outputs = {sum, graph.add_node("positive", Unary{UnaryKind::kRelu}, {sum})};
  return contents;
}

/// The class of a picture instead of its scores.
ModelContents named_digits() {
  ModelContents contents = digits();
  Graph& graph = contents.graph;
  const ArgExtreme largest{.kind = ArgKind::kMax, .axis = 1, .keeps_axis = false};
  graph.outputs = {graph.add_node("class", largest, {graph.outputs[0]})};
  return contents;
}

void write_models(const std::filesystem::path& folder) {
  write_model(folder / "digits.ockham", digits());
  write_model(folder / "plain_digits.ockham", plain_digits());
  write_model(folder / "named_digits.ockham", named_digits());
  write_model(folder / "adder.ockham", adder());
}

}  // namespace
}  // namespace ockham::tests

int main(int argc, char** argv) {
  return ockham::tests::write_to_folder(argc, argv, ockham::tests::write_models);
}
