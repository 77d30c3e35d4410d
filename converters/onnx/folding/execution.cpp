#include "converters/onnx/folding/execution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "converters/onnx/folding/elements.h"
#include "converters/onnx/text.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/operators/operator_rules.h"
#include "runtime/graph/validate.h"
#include "runtime/reference/reference.h"

namespace ockham::converters::onnx_io {
namespace {

using Tensor = reference::Tensor<double>;

/// Multiply-adds (or what costs as much) that one node may take: about ten seconds.
constexpr std::int64_t kMostOperations = 2'000'000'000;
/// Integers up to here are exact in double.
constexpr double kMostInteger = 9007199254740992.0;  // 2^53

/// Operators that repeat all of their inputs to one shape; others compute with input 0 alone, and
/// take the others as weights and settings.
constexpr std::array<std::string_view, 7> kBroadcasting = {"Max",   "Mean", "Min", "Mod",
                                                           "PRelu", "Pow",  "Sum"};

std::size_t operand_count(const ::onnx::NodeProto& node) {
  const bool all = std::ranges::find(kBroadcasting, node.op_type()) != kBroadcasting.end();
  return all ? static_cast<std::size_t>(node.input_size()) : 1;
}

double as_double(const NodeImport&, std::size_t, float element) { return element; }

double as_double(const NodeImport& node, std::size_t i, const Extent& element) {
  const auto number = static_cast<double>(element.factor);
  if (element.of_batch || std::abs(number) > kMostInteger) {
    node.unsupported(node.input_text(i) + " holds " + extent_text(element) +
                     " (N: the batch); supported: numbers up to 2^53 that do not depend on the " +
                     "batch");
  }
  return number;
}

/// Constant input `i` repeated to `dims`.
std::vector<double> read_operand(NodeImport& node, std::size_t i, const Dims& dims) {
  std::vector<double> read = new_elements<double>(node, checked_count(node, dims));
  const View view = broadcast_view(node, i, dims);
  with_element_type(node, i, [&]<class Element>() {
    const std::span<const Element> given = elements_of<Element>(node, i);
    for (std::size_t k = 0; k < read.size(); ++k) {
      read[k] = as_double(node, i, given[view.index(k)]);
    }
  });
  return read;
}

Dims operand_dims(NodeImport& node, std::size_t operands) {
  Dims dims = dims_of(node, 0);
  for (std::size_t i = 1; i < operands; ++i) dims = broadcast_dims(node, dims, dims_of(node, i));
  if (std::ranges::find(dims, 0) != dims.end()) {
    node.unsupported("computes with constants of shape " + Shape(dims).text() +
                     "; supported: extents of at least 1");
  }
  return dims;
}

/// What one node is imported into.
struct SmallGraph {
  SmallGraph(const ImportState& outer, std::int64_t batch)
      : builder("", {}, outer.budget), state{builder,    scope, outer.reader, outer.budget,
                                             node_names, batch, outer.read} {}

  Scope scope;
  GraphBuilder builder;
  UniqueNames node_names;
  ImportState state;
};

/// A constant as another graph sees it, which has not taken it in yet.
std::shared_ptr<Constant> fresh(const Constant& constant) {
  auto copy = std::make_shared<Constant>(constant);
  copy->value = -1;
  return copy;
}

class Execution {
 public:
  Execution(const FileNode& node, ImportState& outer)
      : node_(node),
        proto_(*node.proto),
        outer_(outer),
        arguments_(node, outer),
        operands_(operand_count(proto_)),
        holds_floats_(arguments_.holds_floats(0)),
        dims_(operand_dims(arguments_, operands_)),
        batch_(added_axes() > 0 ? 1 : dims_[0]),
        inner_(outer, batch_) {}

  void run(ImportRule rule) {
    for (int i = 0; i < proto_.input_size(); ++i) bind_input(i);
    NodeImport node(node_, inner_.state);
    rule(node);
    node.attributes().refuse_others();
    bind_outputs();
  }

 private:
  /// Activations have a rank of 2 at least: what has less gets axes of extent 1 in front.
  std::size_t added_axes() const { return 2 - std::min<std::size_t>(dims_.size(), 2); }

  void bind_input(int i) {
    const std::string& input = proto_.input(i);
    if (input.empty() || inner_.scope.contains(input)) return;
    if (static_cast<std::size_t>(i) >= operands_) {
      inner_.scope[input] = fresh(*std::get<std::shared_ptr<Constant>>(outer_.scope.at(input)));
      return;
    }
    Dims dims = dims_;
    dims.insert(dims.begin(), added_axes(), 1);
    tensors_.push_back({Shape(dims), read_operand(arguments_, static_cast<std::size_t>(i), dims_)});
    dims[0] = Shape::kBatch;
    inner_.scope[input] = inner_.builder.add_input(input, Shape(dims));
  }

  /// Constants that the rule gave are taken as they are, values are computed.
  void bind_outputs() {
    std::vector<std::string> computed;
    for (const std::string& output : proto_.output()) {
      const auto found = inner_.scope.find(output);
      if (output.empty() || found == inner_.scope.end()) continue;
      if (const ValueId* value = std::get_if<ValueId>(&found->second)) {
        computed.push_back(output);
        inner_.builder.add_output(*value, output);
      } else {
        bind(output, *fresh(*std::get<std::shared_ptr<Constant>>(found->second)));
      }
    }
    if (computed.empty()) return;
    std::vector<Tensor> results = compute();
    for (std::size_t i = 0; i < computed.size(); ++i) {
      bind(computed[i], as_constant(results[i]));
    }
  }

  std::vector<Tensor> compute() {
    const Graph graph = inner_.builder.finish();
    validate(graph);
    charge(graph);
    return reference::run<double>(graph, tensors_);
  }

  /// Counts what the run will take, before it takes it.
  void charge(const Graph& graph) {
    if (saturating_multiply(cost(graph).total.macs, batch_) > kMostOperations) {
      arguments_.unsupported(
          "computes with constants alone, and takes more than " + std::to_string(kMostOperations) +
          " multiply-adds; supported: fewer (simplify the file, for example " + "with onnxsim)");
    }
    std::int64_t elements = 0;
    for (const Value& value : graph.values) {
      const std::int64_t repeated = value.shape.has_batch() ? batch_ : 1;
      elements = saturating_add(elements, saturating_multiply(value.shape.elements(), repeated));
    }
    const std::int64_t bytes = saturating_multiply(elements, sizeof(double));
    arguments_.charge(static_cast<std::size_t>(bytes));
  }

  Constant as_constant(const Tensor& result) {
    Dims dims = result.shape.dims();
    const std::size_t added = std::min(dims.size(), added_axes());
    dims.erase(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(added));
    if (!holds_floats_) return {.extents = ExtentTensor{std::move(dims), as_integers(result.data)}};
    std::vector<float> floats = arguments_.new_floats(result.data.size());
    std::ranges::transform(result.data, floats.begin(),
                           [](double number) { return static_cast<float>(number); });
    return {.floats = FloatTensor{std::move(dims), own(std::move(floats))}};
  }

  std::vector<Extent> as_integers(const std::vector<double>& numbers) {
    std::vector<Extent> integers = new_elements<Extent>(arguments_, numbers.size());
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      if (!(std::abs(numbers[k]) <= kMostInteger) || numbers[k] != std::floor(numbers[k])) {
        arguments_.unsupported("makes " + std::to_string(numbers[k]) +
                               " of integers; supported: integers up to 2^53");
      }
      integers[k].factor = static_cast<std::int64_t>(numbers[k]);
    }
    return integers;
  }

  void bind(const std::string& output, Constant constant) {
    constant.name = output;
    outer_.scope.insert_or_assign(output, std::make_shared<Constant>(std::move(constant)));
  }

  const FileNode& node_;
  const ::onnx::NodeProto& proto_;
  ImportState& outer_;
  NodeImport arguments_;
  std::size_t operands_;
  bool holds_floats_;
  Dims dims_;  ///< of each operand
  std::int64_t batch_;
  SmallGraph inner_;
  std::vector<Tensor> tensors_;
};

}  // namespace

void fold_by_execution(const FileNode& node, ImportRule rule, ImportState& state) {
  Execution(node, state).run(rule);
}

}  // namespace ockham::converters::onnx_io
