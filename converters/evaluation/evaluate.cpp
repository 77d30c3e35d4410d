#include "converters/evaluation/evaluate.h"

#include <algorithm>
#include <utility>

#include "converters/evaluation/convolution.h"

namespace ockham::converters {
namespace {

using reference::Tensor;

/// Index: ValueId. The last node that reads each value.
std::vector<NodeId> last_readers(const Graph& graph) {
  std::vector<NodeId> last(graph.values.size(), -1);
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    for (const ValueId id : graph.nodes[node].inputs) {
      last[static_cast<std::size_t>(id)] = static_cast<NodeId>(node);
    }
  }
  return last;
}

template <class T>
class Run {
 public:
  Run(const Graph& graph, std::span<const Tensor<T>> inputs, const ReadConstant<T>& read)
      : graph_(graph),
        read_(read),
        batch_(reference::checked_batch(graph, inputs)),
        last_readers_(last_readers(graph)),
        computed_(graph.values.size()),
        elements_(graph.values.size()) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      elements_[static_cast<std::size_t>(graph.inputs[i])] = inputs[i].data.data();
    }
  }

  std::span<T> compute(NodeId id) {
    const Node& node = graph_.node(id);
    const auto output = static_cast<std::size_t>(node.outputs[0]);
    const Shape shape = shape_of(node.outputs[0]);
    computed_[output] = array(static_cast<std::size_t>(shape.elements()));
    elements_[output] = computed_[output].data();
    execute(node, shape, computed_[output].data());
    return computed_[output];
  }

  /// Lays aside what nobody reads after this node.
  void lay_aside_behind(NodeId id) {
    for (const ValueId input : graph_.node(id).inputs) {
      const auto i = static_cast<std::size_t>(input);
      if (last_readers_[i] == id && !graph_.is_output(input)) {
        spare_.push_back(std::exchange(computed_[i], {}));
      }
    }
  }

  std::vector<Tensor<T>> outputs() const {
    std::vector<Tensor<T>> found;
    for (const ValueId id : graph_.outputs) {
      const Shape shape = shape_of(id);
      const T* elements = elements_[static_cast<std::size_t>(id)];
      found.push_back({shape, {elements, elements + shape.elements()}});
    }
    return found;
  }

 private:
  /// The tightest of the spare arrays that holds so many elements. Where none does, the largest
  /// makes room for a new one.
  std::vector<T> array(std::size_t size) {
    std::ranges::sort(spare_, {}, &std::vector<T>::capacity);
    auto best = std::ranges::lower_bound(spare_, size, {}, &std::vector<T>::capacity);
    std::vector<T> taken;
    if (best != spare_.end()) {
      taken = std::move(*best);
      spare_.erase(best);
    } else if (!spare_.empty()) {
      spare_.pop_back();
    }
    taken.resize(size);
    return taken;
  }

  Shape shape_of(ValueId id) const { return graph_.value(id).shape.with_batch(batch_); }

  void execute(const Node& node, const Shape& shape, T* output) {
    if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
      convolve_node(node, *conv, shape_of(node.inputs[0]), graph_.value(node.inputs[1]).shape,
                    shape, output);
    } else if (std::holds_alternative<Linear>(node.op)) {
      // A linear layer is a convolution of images of one pixel.
      const Shape weight = graph_.value(node.inputs[1]).shape;
      convolve_node(node, {}, {batch_, weight[1], 1, 1}, {weight[0], weight[1], 1, 1},
                    {batch_, weight[0], 1, 1}, output);
    } else {
      execute_by_reference(node, shape, output);
    }
  }

  void convolve_node(const Node& node, const Conv2d& op, const Shape& x_shape,
                     const Shape& weight_shape, const Shape& y_shape, T* y) {
    std::vector<T> bias;
    if (node.inputs.size() == 3) bias = constant(node.inputs[2]);
    const auto read_weight = [&](std::int64_t first, std::span<T> out) {
      read_(node.inputs[1], first, out);
    };
    convolve<T>({op, x_shape, elements_[static_cast<std::size_t>(node.inputs[0])], weight_shape,
                 read_weight, bias, y_shape, y});
  }

  void execute_by_reference(const Node& node, const Shape& shape, T* output) {
    std::vector<Shape> shapes;
    std::vector<std::vector<T>> constants;
    std::vector<const T*> pointers;
    for (const ValueId id : node.inputs) {
      shapes.push_back(shape_of(id));
      if (graph_.value(id).is_constant) {
        pointers.push_back(constants.emplace_back(constant(id)).data());
      } else {
        pointers.push_back(elements_[static_cast<std::size_t>(id)]);
      }
    }
    reference::run_operator<T>(node.op, shapes, pointers, shape, output);
  }

  std::vector<T> constant(ValueId id) const {
    std::vector<T> elements(static_cast<std::size_t>(graph_.value(id).shape.elements()));
    read_(id, 0, elements);
    return elements;
  }

  const Graph& graph_;
  const ReadConstant<T>& read_;
  std::int64_t batch_;
  std::vector<NodeId> last_readers_;
  std::vector<std::vector<T>> computed_;  ///< index: ValueId
  std::vector<std::vector<T>> spare_;     ///< of values that are no longer read
  std::vector<const T*> elements_;        ///< of inputs and what is computed; index: ValueId
};

}  // namespace

template <class T>
std::vector<Tensor<T>> evaluate(const Graph& graph, std::span<const Tensor<T>> inputs,
                                const ReadConstant<T>& read, const NodeComputed<T>& computed) {
  Run<T> run(graph, inputs, read);
  for (NodeId node = 0; node < static_cast<NodeId>(graph.nodes.size()); ++node) {
    const std::span<T> output = run.compute(node);
    if (computed) computed(node, output);
    run.lay_aside_behind(node);
  }
  return run.outputs();
}

template std::vector<Tensor<float>> evaluate(const Graph&, std::span<const Tensor<float>>,
                                             const ReadConstant<float>&,
                                             const NodeComputed<float>&);
template std::vector<Tensor<double>> evaluate(const Graph&, std::span<const Tensor<double>>,
                                              const ReadConstant<double>&,
                                              const NodeComputed<double>&);

}  // namespace ockham::converters
