// Several operators, one behind the other, that stand for one ONNX node.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "converters/onnx/operators/one_dimensional.h"

namespace ockham::converters::onnx_io {

/// The last operator added gives the node's output, and has its name.
class NodeChain {
 public:
  NodeChain(NodeImport& node, ValueId x) : node_(node), x_(x) {}

  /// The value so far, for others to read too; another operator or answer must follow.
  ValueId value() {
    if (last_) {
      x_ = node_.compute(*std::exchange(last_, std::nullopt), std::exchange(inputs_, {}));
    }
    return x_;
  }
  /// Of the value so far.
  Shape shape() const { return last_ ? node_.shape_of(*last_, inputs_) : node_.shape(x_); }
  /// An operator on the value so far.
  void add(Operator op) { start(std::move(op), {value()}); }
  /// The first operator, when it reads more than that.
  void start(Operator op, std::vector<ValueId> inputs) {
    last_ = std::move(op);
    inputs_ = std::move(inputs);
  }
  /// Output 0 is the value so far; input 0 unchanged when nothing was added.
  void finish() {
    if (!last_) return node_.pass_through(0);
    node_.emit(*std::move(last_), std::move(inputs_));
  }
  /// The same, where the operators work on images: output 0 gets as many spatial axes.
  void finish_on_images(int spatial_axes) {
    emit_on_images(node_, spatial_axes, *std::move(last_), std::move(inputs_));
  }

 private:
  NodeImport& node_;
  ValueId x_;
  std::optional<Operator> last_;
  std::vector<ValueId> inputs_;
};

}  // namespace ockham::converters::onnx_io
