// Tables, applied on the host to every operator case that only moves elements.
#include "runtime/cuda/move_tables.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/cuda/element_ids.h"
#include "runtime/cuda/positions.h"
#include "tests/cases/case_inputs.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham::cuda {
namespace {

/// Row-major, or channels last with or without padding.
std::vector<Placement> placements_of(const Shape& shape) {
  std::vector<Placement> found = {{.elements = shape.elements()}};
  for (const bool pads : {false, true}) {
    const ChannelsLast format{StoredType::kFloat32, pads};
    if (!format.differs(shape)) continue;
    found.push_back({.layout = Layout::kChannelsLast, .elements = format.elements(shape)});
  }
  return found;
}

/// One image as it lies in memory; what is padding is not a number.
std::vector<float> in_memory(const std::vector<float>& image, const Stored& stored) {
  std::vector<float> memory(static_cast<std::size_t>(stored.placement.elements), std::nanf(""));
  const std::vector<std::int32_t> places = positions(stored.shape, stored.placement);
  for (std::size_t i = 0; i < places.size(); ++i) {
    memory[static_cast<std::size_t>(places[i])] = image[i];
  }
  return memory;
}

std::vector<float> move(const std::vector<std::vector<float>>& inputs,
                        const std::vector<std::vector<std::int32_t>>& tables, float filling) {
  std::vector<float> output(tables[0].size(), std::nanf(""));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (std::size_t k = 0; k < output.size(); ++k) {
      const std::int32_t source = tables[i][k];
      if (source == kMovedZero) output[k] = 0.0f;
      if (source == kMovedFilling) output[k] = filling;
      if (source >= 0) output[k] = inputs[i][static_cast<std::size_t>(source)];
    }
  }
  return output;
}

/// The cases of one node that moves elements of the network's inputs.
std::vector<OperatorCase> moves() {
  std::vector<OperatorCase> found;
  for (OperatorCase& problem : operator_cases()) {
    const Graph& graph = problem.graph;
    const bool moves_inputs = graph.nodes.size() == 1 && graph.nodes[0].inputs == graph.inputs &&
                              only_moves(graph.nodes[0].op);
    if (moves_inputs) found.push_back(std::move(problem));
  }
  return found;
}

class MoveTables : public testing::TestWithParam<OperatorCase> {};

TEST_P(MoveTables, MoveWhatTheReferenceMoves) {
  const Graph& graph = GetParam().graph;
  const Operator& op = graph.nodes[0].op;
  const Arrays images = random_inputs(graph, 1);
  const std::vector<float> expected = run_reference<float>(graph, 1, images)[0];
  std::vector<Shape> shapes;
  for (const ValueId input : graph.inputs) shapes.push_back(graph.value(input).shape);
  const Shape& result = graph.value(graph.outputs[0]).shape;
  for (const Placement& from : placements_of(shapes[0])) {
    for (const Placement& to : placements_of(result)) {
      std::vector<Placement> places(1, from);
      for (std::size_t i = 1; i < shapes.size(); ++i) {
        places.push_back({.elements = shapes[i].elements()});
      }
      std::vector<Stored> inputs;
      std::vector<std::vector<float>> memory;
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        inputs.push_back({shapes[i], places[i]});
        memory.push_back(in_memory(images[i], inputs[i]));
      }
      const auto tables = move_tables(op, shapes, inputs, {result, to});
      const std::vector<float> found = move(memory, tables, filling_of(op));
      const std::vector<std::int32_t> there = elements_at(result, to);
      for (std::size_t k = 0; k < found.size(); ++k) {
        const float wanted =
            there[k] == kPadding ? 0.0f : expected[static_cast<std::size_t>(there[k])];
        ASSERT_EQ(found[k], wanted) << "position " << k;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, MoveTables, testing::ValuesIn(moves()),
                         [](const testing::TestParamInfo<OperatorCase>& test) {
                           return test.param.name;
                         });

TEST(OperandTable, RepeatsANumberForEachChannelWhereItsImagesLie) {
  const Shape image{Shape::kBatch, 2, 1, 2}, channels{2, 1, 1};
  const Placement padded{.layout = Layout::kChannelsLast, .elements = 2 * 4};
  const Placement plain{.elements = 2};
  EXPECT_EQ(operand_table({channels, plain}, {image, padded}),
            (std::vector<std::int32_t>{0, 1, 0, 0, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace ockham::cuda
