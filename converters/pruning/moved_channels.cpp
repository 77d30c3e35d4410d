#include "converters/pruning/moved_channels.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "converters/pruning/graph_edits.h"
#include "runtime/graph/node_inputs.h"
#include "runtime/graph/unread.h"
#include "runtime/graph/validate.h"
#include "runtime/reference/reference.h"

namespace ockham::converters {
namespace {

using Indices = std::vector<std::int64_t>;

/// Larger images are left as they are.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;

bool moves_elements(const Node& node) {
  return std::holds_alternative<Reshape>(node.op) || std::holds_alternative<Flatten>(node.op) ||
         std::holds_alternative<Transpose>(node.op);
}

Shape of_one_image(Shape shape) {
  shape[0] = 1;
  return shape;
}

/// Where each element of the node's output lies in front of the chain, given that for its input.
std::vector<double> moved(const Graph& graph, const Node& node, const std::vector<double>& before) {
  const Shape from = of_one_image(graph.value(node.inputs[0]).shape);
  const Shape to = of_one_image(graph.value(node.outputs[0]).shape);
  std::vector<double> behind(before.size());
  const double* input = before.data();
  reference::run_operator<double>(node.op, {&from, 1}, {&input, 1}, to, behind.data());
  return behind;
}

/// What became of one image: element i of the output is element `origins[i]` of the input.
struct Movement {
  Shape from, to;
  Indices origins;

  std::int64_t pixels(const Shape& shape) const { return shape.elements() / shape[1]; }
};

/// Where channel c of the output begins, if all of its elements keep their places.
std::optional<Indices> whole_channels(const Movement& moved) {
  const std::int64_t pixels = moved.pixels(moved.to);
  if (moved.from.rank() != moved.to.rank() || pixels != moved.pixels(moved.from)) return {};
  for (int axis = 2; axis < moved.to.rank(); ++axis) {
    if (moved.from[axis] != moved.to[axis]) return {};
  }
  Indices channels;
  for (std::int64_t i = 0; i < std::ssize(moved.origins); ++i) {
    const std::int64_t origin = moved.origins[static_cast<std::size_t>(i)];
    if (i % pixels == 0) channels.push_back(origin / pixels);
    if (origin != channels.back() * pixels + i % pixels) return {};
  }
  return channels;
}

bool is_in_order(const Indices& indices) {
  return selects_everything(Gather{indices}, std::ssize(indices));
}

/// For each channel and position in a block (c b0 b1 + i b1 + j), the channel of `small` that lies
/// there, if `large` (b0 and b1 times as high and wide) has channel by channel all of its pixels.
/// `at(channel, h, w)` of `large` is an element of `small`.
template <class At>
std::optional<Indices> channels_of_blocks(const Shape& large, const Shape& small, const At& at) {
  if (large.rank() != 4 || small.rank() != 4 || large[2] % small[2] != 0 ||
      large[3] % small[3] != 0) {
    return {};
  }
  const std::int64_t b0 = large[2] / small[2], b1 = large[3] / small[3];
  if (small[1] != large[1] * b0 * b1 || b0 * b1 == 1) return {};
  Indices channels(static_cast<std::size_t>(small[1]), -1);
  for (std::int64_t c = 0; c < large[1]; ++c) {
    for (std::int64_t h = 0; h < large[2]; ++h) {
      for (std::int64_t w = 0; w < large[3]; ++w) {
        const std::int64_t element = at(c, h, w);
        const std::int64_t pixel = h / b0 * small[3] + w / b1;
        std::int64_t& channel = channels[static_cast<std::size_t>((c * b0 + h % b0) * b1 + w % b1)];
        if (channel < 0) channel = element / (small[2] * small[3]);
        if (element != channel * small[2] * small[3] + pixel) return {};
      }
    }
  }
  return channels;
}

/// Element (c, h, w) of an image.
std::int64_t offset(const Shape& shape, std::int64_t c, std::int64_t h, std::int64_t w) {
  return (c * shape[2] + h) * shape[3] + w;
}

Indices inverse(const Indices& order) {
  Indices places(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    places[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  }
  return places;
}

std::vector<Operator> pixels_of_channels(const Movement& moved, const Indices& channels) {
  std::vector<Operator> ops;
  if (!is_in_order(channels)) ops.emplace_back(Gather{channels});
  ops.emplace_back(DepthToSpace{{moved.to[2] / moved.from[2], moved.to[3] / moved.from[3]}});
  return ops;
}

/// A reshape parts height and width, a transpose moves what was parted behind the channels, and a
/// reshape joins them: the channels of a block lie side by side.
std::vector<Operator> channels_of_pixels(const Movement& moved, const Indices& channels) {
  const std::int64_t b0 = moved.from[2] / moved.to[2], b1 = moved.from[3] / moved.to[3];
  return {Reshape{{moved.to[2], b0, moved.to[3], b1}}, Transpose{{0, 1, 3, 5, 2, 4}},
          Reshape{{moved.to[2], moved.to[3]}}, Gather{channels}};
}

/// The same movement in a form that channels can be taken out of one by one; nothing where there is
/// none, or it has that form already.
std::optional<std::vector<Operator>> by_channel(const Movement& moved) {
  if (const auto channels = whole_channels(moved)) {
    return is_in_order(*channels) ? std::vector<Operator>{}
                                  : std::vector<Operator>{Gather{*channels}};
  }
  if (moved.to.rank() == 2) {
    std::vector<Operator> ops = {Flatten{}};
    if (!is_in_order(moved.origins)) ops.emplace_back(Gather{moved.origins});
    return ops;
  }
  const Indices places = inverse(moved.origins);
  const auto grown =
      channels_of_blocks(moved.to, moved.from, [&](std::int64_t c, std::int64_t h, std::int64_t w) {
        return moved.origins[static_cast<std::size_t>(offset(moved.to, c, h, w))];
      });
  if (grown) return pixels_of_channels(moved, *grown);
  const auto shrunk =
      channels_of_blocks(moved.from, moved.to, [&](std::int64_t c, std::int64_t h, std::int64_t w) {
        return places[static_cast<std::size_t>(offset(moved.from, c, h, w))];
      });
  if (shrunk && !is_in_order(*shrunk)) return channels_of_pixels(moved, inverse(*shrunk));
  return {};
}

class Rewriter {
 public:
  explicit Rewriter(Graph graph) : graph_(std::move(graph)) {}

  Graph run() {
    for (std::size_t i = 0; i < graph_.nodes.size();) i += rewrite_from(i) ? 0 : 1;
    drop_unread_values(graph_);
    validate(graph_);
    return std::move(graph_);
  }

 private:
  /// The nodes from `first` on of which each alone reads the one before.
  std::vector<std::size_t> chain_from(std::size_t first) const {
    std::vector<std::size_t> chain;
    for (std::size_t i = first; moves_elements(graph_.nodes[i]);) {
      chain.push_back(i);
      const ValueId output = graph_.nodes[i].outputs[0];
      const std::vector<NodeId> readers = graph_.readers(output);
      if (graph_.is_output(output) || readers.size() != 1) break;
      i = static_cast<std::size_t>(readers[0]);
    }
    return chain;
  }

  /// Rewrites the longest chain that begins with the node and has another form; whether there was
  /// one.
  bool rewrite_from(std::size_t first) {
    std::vector<std::size_t> chain = chain_from(first);
    const auto is_transpose = [&](std::size_t i) {
      return std::holds_alternative<Transpose>(graph_.nodes[i].op);
    };
    if (std::ranges::none_of(chain, is_transpose)) return false;
    const std::int64_t elements = graph_.value(graph_.nodes[first].inputs[0]).shape.elements();
    if (elements > kMostElements) return false;
    const std::vector<std::vector<double>> origins = origins_along(chain, elements);
    for (; std::ranges::any_of(chain, is_transpose); chain.pop_back()) {
      const std::vector<double>& found = origins[chain.size() - 1];
      const auto ops = by_channel({graph_.value(graph_.nodes[first].inputs[0]).shape,
                                   graph_.value(graph_.nodes[chain.back()].outputs[0]).shape,
                                   Indices(found.begin(), found.end())});
      if (ops && replace(chain, *ops)) return true;
    }
    return false;
  }

  std::vector<std::vector<double>> origins_along(const std::vector<std::size_t>& chain,
                                                 std::int64_t elements) const {
    const Indices all = all_indices(elements);
    std::vector<std::vector<double>> origins;
    std::vector<double> before(all.begin(), all.end());
    for (const std::size_t i : chain) {
      before = moved(graph_, graph_.nodes[i], before);
      origins.push_back(before);
    }
    return origins;
  }

  /// Puts these operators in the place of the chain's last node, with the names of its nodes.
  /// Not where nothing would be left to compute an output; whether it did.
  bool replace(const std::vector<std::size_t>& chain, const std::vector<Operator>& ops) {
    const ValueId input = graph_.nodes[chain.front()].inputs[0];
    const ValueId output = graph_.nodes[chain.back()].outputs[0];
    std::vector<std::string> names;
    names.reserve(chain.size());
    for (const std::size_t i : chain) names.push_back(graph_.nodes[i].name);
    std::vector<Node> nodes = nodes_of(ops, names, input, output);
    if (nodes.empty() && graph_.is_output(output)) return false;
    if (nodes.empty()) read_instead(graph_, output, input);
    const auto place = graph_.nodes.begin() + static_cast<std::ptrdiff_t>(chain.back()) + 1;
    graph_.nodes.insert(place, std::make_move_iterator(nodes.begin()),
                        std::make_move_iterator(nodes.end()));
    for (auto i = chain.rbegin(); i != chain.rend(); ++i) {
      graph_.nodes.erase(graph_.nodes.begin() + static_cast<std::ptrdiff_t>(*i));
    }
    return true;
  }

  std::vector<Node> nodes_of(const std::vector<Operator>& ops,
                             const std::vector<std::string>& names, ValueId x, ValueId output) {
    std::vector<Node> nodes;
    for (std::size_t k = 0; k < ops.size(); ++k) {
      const std::size_t back = ops.size() - 1 - k;  // the last ones have names of their own
      std::string name = back < names.size() ? names[names.size() - 1 - back]
                                             : unused_node_name(graph_, names[0] + ".parted");
      Node node{std::move(name), ops[k], {x}, {output}};
      if (back > 0) {
        const Shape shape = infer_shape(node.op, operator_inputs(graph_, node));
        node.outputs[0] = static_cast<ValueId>(graph_.values.size());
        graph_.values.push_back(
            {.name = unused_name(graph_, node.name + ".moved"), .shape = shape});
      }
      x = node.outputs[0];
      nodes.push_back(std::move(node));
    }
    return nodes;
  }

  Graph graph_;
};

/// The layer whose columns can follow the Gather, or -1.
NodeId only_reader(const Graph& graph, const Node& node) {
  const auto* gather = std::get_if<Gather>(&node.op);
  if (gather == nullptr || graph.is_output(node.outputs[0])) return -1;
  Indices sorted = gather->indices;
  std::ranges::sort(sorted);
  if (!selects_everything(Gather{sorted}, graph.value(node.inputs[0]).shape[1])) return -1;
  const std::vector<NodeId> readers = graph.readers(node.outputs[0]);
  if (readers.size() != 1 || !mixes_channels(graph.node(readers[0]))) return -1;
  return graph.readers(graph.node(readers[0]).inputs[1]).size() == 1 ? readers[0] : -1;
}

/// The weights [out, in, ...] for inputs of which `order[k]` was the k-th.
template <class T>
std::vector<T> with_columns(std::span<const T> weights, const Shape& shape, const Indices& order) {
  const std::int64_t taps = shape.elements() / (shape[0] * shape[1]);
  std::vector<T> result(weights.size());
  for (std::int64_t f = 0; f < shape[0]; ++f) {
    for (std::int64_t k = 0; k < shape[1]; ++k) {
      const auto from = weights.begin() + (f * shape[1] + k) * taps;
      std::copy_n(from, taps,
                  result.begin() + (f * shape[1] + order[static_cast<std::size_t>(k)]) * taps);
    }
  }
  return result;
}

}  // namespace

Graph gather_moved_channels(Graph graph) { return Rewriter(std::move(graph)).run(); }

void order_columns(Graph& graph, ExactConstants& exact) {
  for (Node& node : graph.nodes) {
    const NodeId reader = only_reader(graph, node);
    if (reader < 0) continue;
    const Indices& order = std::get<Gather>(node.op).indices;
    const ValueId id = graph.node(reader).inputs[1];
    const Shape shape = graph.value(id).shape;
    const auto computed = exact.find(graph.value(id).name);
    if (computed != exact.end()) {
      computed->second = with_columns(std::span<const double>(computed->second), shape, order);
    }
    graph.set_constant(id, shape, with_columns(graph.value(id).constant.floats, shape, order));
    read_instead(graph, node.outputs[0], node.inputs[0]);
  }
  drop_unread_nodes(graph);
  validate(graph);
}

}  // namespace ockham::converters
