// ExecutionPlan: a graph prepared for a device and a largest batch. Plain data, printable
// (`ockham-run --explain`), before any kernel exists for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace ockham {

/// One thing to execute: an operator with what was fused into it.
struct PlanStep {
  std::string name;            ///< of the first node
  std::string op;              ///< "conv2d+relu"
  std::vector<NodeId> nodes;   ///< in order; the first computes, the others are fused
  std::vector<ValueId> inputs; ///< activations read
  ValueId output = -1;         ///< activation written
  std::string kernel;          ///< which kernel runs it: "onednn:brgconv:avx512_core", "reference"
  std::string reason;          ///< why that one
  std::int64_t macs = 0;       ///< per image
  std::int64_t params = 0;
};

/// Where a value lives in the arena.
struct Placement {
  ValueId value = -1;
  std::size_t offset = 0;
  std::size_t bytes = 0;
};

class ExecutionPlan {
 public:
  std::int64_t max_batch = 1;
  std::vector<PlanStep> steps;
  std::vector<Placement> placements;
  std::size_t arena_bytes = 0;

  /// A table for people: step, operator, kernel, reason, MACs, output shape, arena offset.
  std::string text(const Graph& graph) const;
};

}  // namespace ockham
