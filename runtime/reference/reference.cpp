#include "runtime/reference/reference.h"

#include <string>
#include <utility>

#include "runtime/graph/error.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

/// A constant's elements as T.
template <class T>
std::vector<T> elements(const Graph& graph, ValueId id, const Replacements<T>& replaced) {
  if (const auto found = replaced.find(id); found != replaced.end()) return found->second;
  const std::span<const float> floats = graph.value(id).constant.floats;
  return {floats.begin(), floats.end()};
}

}  // namespace

template <class T>
std::int64_t checked_batch(const Graph& graph, std::span<const Tensor<T>> inputs) {
  if (inputs.size() != graph.inputs.size()) {
    throw Error(Status::kInvalidArgument, std::to_string(inputs.size()) +
                                              " inputs given, the network has " +
                                              std::to_string(graph.inputs.size()));
  }
  const std::int64_t batch = inputs[0].shape.rank() > 0 ? inputs[0].shape[0] : 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = graph.value(graph.inputs[i]);
    const Shape expected = value.shape.with_batch(batch);
    const bool fits = inputs[i].shape == expected && batch > 0 &&
                      inputs[i].data.size() == static_cast<std::size_t>(expected.elements());
    if (!fits) {
      throw Error(Status::kInvalidArgument, "input '" + value.name + "' has shape " +
                                                inputs[i].shape.text() + ", expected " +
                                                value.shape.text());
    }
  }
  return batch;
}

template <class T>
void run_operator(const Operator& op, std::span<const Shape> shapes,
                  std::span<const T* const> inputs, const Shape& output_shape, T* output) {
  const LoopArguments<T> arguments{shapes, inputs, output_shape, output};
  std::visit([&](const auto& alternative) { run_loops(alternative, arguments); }, op);
}

template <class T>
std::vector<Tensor<T>> run_all(const Graph& graph, std::span<const Tensor<T>> inputs,
                               const Replacements<T>& replaced) {
  const std::int64_t batch = checked_batch(graph, inputs);
  std::vector<Tensor<T>> values(graph.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values[static_cast<std::size_t>(graph.inputs[i])] = inputs[i];
  }
  for (const Node& node : graph.nodes) {
    std::vector<Shape> shapes;
    std::vector<std::vector<T>> constants;
    constants.reserve(node.inputs.size());
    std::vector<const T*> pointers;
    for (const ValueId id : node.inputs) {
      const Value& value = graph.value(id);
      shapes.push_back(value.shape.with_batch(batch));
      if (value.is_constant) {
        constants.push_back(elements(graph, id, replaced));
        pointers.push_back(constants.back().data());
      } else {
        pointers.push_back(values[static_cast<std::size_t>(id)].data.data());
      }
    }
    Tensor<T>& output = values[static_cast<std::size_t>(node.outputs[0])];
    output.shape = graph.value(node.outputs[0]).shape.with_batch(batch);
    output.data.resize(static_cast<std::size_t>(output.shape.elements()));
    run_operator<T>(node.op, shapes, pointers, output.shape, output.data.data());
  }
  return values;
}

template <class T>
std::vector<Tensor<T>> run(const Graph& graph, std::span<const Tensor<T>> inputs,
                           const Replacements<T>& replaced) {
  std::vector<Tensor<T>> values = run_all(graph, inputs, replaced);
  std::vector<Tensor<T>> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(values[static_cast<std::size_t>(id)]);
  return outputs;
}

template std::vector<Tensor<float>> run(const Graph&, std::span<const Tensor<float>>,
                                        const Replacements<float>&);
template std::vector<Tensor<double>> run(const Graph&, std::span<const Tensor<double>>,
                                         const Replacements<double>&);
template std::vector<Tensor<float>> run_all(const Graph&, std::span<const Tensor<float>>,
                                            const Replacements<float>&);
template std::vector<Tensor<double>> run_all(const Graph&, std::span<const Tensor<double>>,
                                             const Replacements<double>&);
template std::int64_t checked_batch(const Graph&, std::span<const Tensor<float>>);
template std::int64_t checked_batch(const Graph&, std::span<const Tensor<double>>);
template void run_operator(const Operator&, std::span<const Shape>, std::span<const float* const>,
                           const Shape&, float*);
template void run_operator(const Operator&, std::span<const Shape>, std::span<const double* const>,
                           const Shape&, double*);

}  // namespace ockham::reference
