// ExecutionPlan: a graph prepared for a device and a largest batch. Plain data, printable
// (`ockham-run --explain`).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/plan/array_format.h"
#include "runtime/plan/precision.h"
#include "runtime/plan/storage.h"

namespace ockham {

/// Where an activation lives, and in which order. A value that is read in two layouts has two.
struct Placement {
  enum class Where { kArena, kInput, kOutput };

  ValueId value = -1;
  Layout layout = Layout::kRowMajor;
  StoredType type = StoredType::kFloat32;
  Where where = Where::kArena;
  std::size_t index = 0;      ///< which array of the caller, for kInput and kOutput
  std::size_t offset = 0;     ///< bytes from the arena's start, for kArena
  std::int64_t elements = 0;  ///< in memory, of one image: padded channels count
  std::int64_t rows = 0;      ///< of one image that are in memory at a time; 0: all of all images
  std::size_t bytes = 0;      ///< of `rows`, or for max_batch images
};

/// One thing to execute: an operator with what was fused into it, or a reorder.
struct PlanStep {
  std::string name;        ///< of the node that computes
  std::string op;          ///< "conv2d+batch_norm+relu"
  NodeId node = -1;        ///< computes; -1: a reorder or copy that no node asks for
  NodeId batch_norm = -1;  ///< behind it, folded into its weights; -1: none
  NodeId residual = -1;    ///< behind these, a Binary that adds the last of `inputs`; -1: none
  NodeId activation = -1;  ///< behind these, a Unary applied to each element; -1: none
  /// A Pool2d behind these, or in front of the activation: who takes one computes the same in
  /// either order, or looks which node comes first. -1: none.
  NodeId pool = -1;
  std::vector<ValueId> inputs;     ///< activations read
  ValueId output = -1;             ///< activation written
  std::vector<std::size_t> reads;  ///< placements of the inputs
  std::size_t writes = 0;          ///< placement of the output
  std::size_t candidate = 0;       ///< which of the candidates runs it (planner.h)
  std::string kernel;              ///< its name: "onednn:brgconv:avx512_core", "reference"
  std::string reason;              ///< why that one
  std::int64_t macs = 0;           ///< per image
  std::int64_t params = 0;
  std::size_t scratch_offset = 0;  ///< memory of this step alone, in the arena
  std::size_t scratch_bytes = 0;
};

/// Steps in a row that are run strip by strip, image by image: some rows of the last step's output
/// at a time, for which each step in front computes those of its own rows that are not there yet.
/// What passes from step to step is a few rows (Placement::rows), which stay in the cache.
struct StepChain {
  std::size_t first = 0, last = 0;  ///< steps, both included
  std::int64_t strip_rows = 0;      ///< rows of the last step's output computed at a time
};

class ExecutionPlan {
 public:
  std::int64_t max_batch = 1;
  /// What it computes in: as asked, or kFloat32 where rounding more would save nothing.
  Precision precision = Precision::kFloat32;
  std::vector<PlanStep> steps;
  std::vector<Placement> placements;
  ArrayFormats input_formats;     ///< of the caller's arrays: what prepares bytes
  std::vector<StepChain> chains;  ///< in the order of their steps
  std::size_t arena_bytes = 0;
  /// What a user may want to know of how it came about, a line each: what programs say of a session
  /// on standard error.
  std::vector<std::string> notes;

  /// A table for people: step, operator, kernel, reason, MACs, output shape, arena offset;
  /// the notes behind it.
  std::string text(const Graph& graph) const;
};

inline const Node& computing_node(const Graph& graph, const PlanStep& step) {
  return graph.node(step.node);
}

/// Whether nothing is fused into the node.
inline bool is_one_node(const PlanStep& step) {
  return step.batch_norm < 0 && step.residual < 0 && step.activation < 0 && step.pool < 0;
}

/// Or nullptr.
inline const Node* folded_batch_norm(const Graph& graph, const PlanStep& step) {
  return step.batch_norm < 0 ? nullptr : &graph.node(step.batch_norm);
}

/// Or nullptr.
inline const Unary* fused_activation(const Graph& graph, const PlanStep& step) {
  return step.activation < 0 ? nullptr : &std::get<Unary>(graph.node(step.activation).op);
}

/// Or nullptr.
inline const Pool2d* fused_pool(const Graph& graph, const PlanStep& step) {
  return step.pool < 0 ? nullptr : &std::get<Pool2d>(graph.node(step.pool).op);
}

}  // namespace ockham
