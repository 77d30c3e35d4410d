// Inputs for the operator cases.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "runtime/graph/graph.h"
#include "tests/cases/operator_cases.h"

namespace ockham {

using Arrays = std::vector<std::vector<float>>;

inline std::int64_t elements_of(const Graph& graph, ValueId value, std::int64_t batch) {
  return graph.value(value).shape.elements() * batch;
}

/// One random array per graph input.
inline Arrays random_inputs(const Graph& graph, std::int64_t batch) {
  Arrays inputs;
  for (const ValueId id : graph.inputs) {
    inputs.push_back(random_floats(elements_of(graph, id, batch), 7 + inputs.size()));
  }
  return inputs;
}

/// What spoils an input in one place, and all that is computed from it.
inline constexpr std::array kNotFinite = {std::numeric_limits<float>::quiet_NaN(),
                                          std::numeric_limits<float>::infinity(),
                                          -std::numeric_limits<float>::infinity()};

/// Inputs with a few elements that are not finite.
inline Arrays spoilt_inputs(const Graph& graph, std::int64_t batch, float with) {
  Arrays inputs = random_inputs(graph, batch);
  for (auto& input : inputs) {
    for (std::size_t i = input.size() / 3; i < input.size(); i += input.size() / 2 + 1) {
      input[i] = with;
    }
  }
  return inputs;
}

}  // namespace ockham
