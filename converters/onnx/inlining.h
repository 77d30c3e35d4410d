// Puts the bodies of local functions in the place of nodes that call them, and branches in that of
// an If whose condition is known.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "converters/onnx/file_node.h"
#include "converters/onnx/functions.h"
#include "converters/onnx/memory_budget.h"
#include "converters/onnx/message_arena.h"
#include "converters/onnx/unique_names.h"

namespace ockham::converters::onnx_io {

using Renaming = std::unordered_map<std::string, std::string>;  ///< new names by old ones

/// A branch with names of its own, whose outputs have those of the If.
struct Branch {
  std::vector<FileNode> nodes;
  std::vector<std::pair<const ::onnx::TensorProto*, std::string>>
      initializers;  ///< and their names
};

/// Owns the nodes that it makes. What comes out calls no function.
class Inliner {
 public:
  /// `values` hands out names that no value of the file has, `nodes` those of nodes. All are used
  /// as long as this object is.
  Inliner(const ::onnx::ModelProto& model, UniqueNames& values, UniqueNames& nodes,
          MemoryBudget& budget);

  /// Appends the node, or what the function that it calls consists of. Throws Error: kInvalidModel
  /// when the call does not fit the function, kUnsupported for attributes that it does not have and
  /// for calls that make too many nodes (none is made before), kOutOfMemory.
  void append(FileNode node, std::vector<FileNode>& into);

  /// What `graph`, a branch of the If `node`, consists of. Throws Error like `append`.
  Branch branch(const FileNode& node, const ::onnx::GraphProto& graph);

 private:
  class Call;

  /// An output of a body under the name that is wanted outside, and the one that it has inside.
  struct Output {
    std::string inner, outer;
  };

  /// What takes the place of a node.
  struct Body {
    const google::protobuf::RepeatedPtrField<::onnx::NodeProto>& nodes;
    Renaming names;  ///< of values that are there before its nodes compute any, and theirs outside
    std::vector<Output> outputs;
    const Call* call = nullptr;  ///< null for a branch
    std::int64_t opset = 0;
  };

  /// The outputs of `node` that have a name; `inner` gives that of output i in its body.
  template <class Inner>
  static std::vector<Output> named_outputs(const ::onnx::NodeProto& node, const Inner& inner);

  void account_for(const FileNode& node);
  void expand(FileNode node, std::vector<FileNode>& into);
  void place(const FileNode& whole, Body body, std::vector<FileNode>& into);
  void name_values(const FileNode& whole, Body& body);
  void place_node(const FileNode& whole, const Body& body, const ::onnx::NodeProto& inner,
                  std::vector<FileNode>& into);

  Functions functions_;
  UniqueNames& values_;
  UniqueNames& nodes_;
  MemoryBudget& budget_;
  MessageArena arena_;
  std::int64_t inlined_nodes_ = 0;  ///< see Functions, of all nodes so far
};

/// Names of all values in the file's functions, branches and loops, which new ones must avoid.
std::unordered_set<std::string> inner_names(const ::onnx::ModelProto& model);

}  // namespace ockham::converters::onnx_io
