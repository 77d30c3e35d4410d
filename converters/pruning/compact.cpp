#include "converters/pruning/compact.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "converters/channels/convolutions.h"
#include "converters/pruning/graph_edits.h"
#include "converters/pruning/group_decision.h"
#include "runtime/graph/node_inputs.h"
#include "runtime/graph/validate.h"

namespace ockham::converters {
namespace {

using Indices = std::vector<std::int64_t>;

/// The elements at the kept indices of one axis; `shape` becomes that of the result.
template <class T>
std::vector<T> sliced(std::span<const T> elements, Shape& shape, int axis, const Indices& keep) {
  std::int64_t outer = 1, inner = 1;
  for (int a = 0; a < axis; ++a) outer *= shape[a];
  for (int a = axis + 1; a < shape.rank(); ++a) inner *= shape[a];
  std::vector<T> result;
  result.reserve(static_cast<std::size_t>(outer * inner) * keep.size());
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t k : keep) {
      const auto first = elements.begin() + (o * shape[axis] + k) * inner;
      result.insert(result.end(), first, first + inner);
    }
  }
  shape[axis] = static_cast<std::int64_t>(keep.size());
  return result;
}

template <class T>
std::vector<T> sliced(std::span<const T> elements, Shape shape, const IndicesPerAxis& keep) {
  std::vector<T> result(elements.begin(), elements.end());
  for (int axis = 0; axis < static_cast<int>(keep.size()); ++axis) {
    result = sliced(std::span<const T>(result), shape, axis, keep[static_cast<std::size_t>(axis)]);
  }
  return result;
}

/// The kept parts one behind the other.
template <class T>
std::vector<T> sliced(std::span<const T> elements, const Shape& shape,
                      const std::vector<IndicesPerAxis>& parts) {
  if (parts.size() == 1) return sliced(elements, shape, parts[0]);
  std::vector<T> result;
  for (const IndicesPerAxis& part : parts) {
    const std::vector<T> left = sliced(elements, shape, part);
    result.insert(result.end(), left.begin(), left.end());
  }
  return result;
}

Shape shape_of(const std::vector<IndicesPerAxis>& parts) {
  std::vector<std::int64_t> dims;
  for (const Indices& indices : parts[0]) dims.push_back(std::ssize(indices));
  for (std::size_t part = 1; part < parts.size(); ++part) dims[0] += std::ssize(parts[part][0]);
  return Shape(std::move(dims));
}

class Compactor {
 public:
  Compactor(const Graph& graph, const PruningPlan& plan, const ExactConstants& exact)
      : plan_(plan), original_(graph) {
    for (const auto& [name, elements] : exact) exact_[graph.find_value(name)] = elements;
  }

  Compacted run() {
    result_.graph = original_;
    find_kept_indices();
    for (const Folding& folding : plan_.foldings) fold(folding);
    slice_constants();
    narrow_nodes();
    validate(result_.graph);
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  void find_kept_indices() {
    for (ValueId id = 0; id < static_cast<ValueId>(original_.values.size()); ++id) {
      const Value& value = original_.value(id);
      if (!value.is_constant) continue;
      for (const std::int64_t extent : value.shape.dims()) kept_[id].push_back(all_indices(extent));
    }
    for (const WeightAxis& axis : plan_.decisions.channels->axes()) {
      const Indices channels = plan_.decisions.kept(axis.value);
      if (std::ssize(channels) == channel_count(original_.value(axis.value).shape)) continue;
      if (axis.slices > 1) {
        keep_of_slices(axis, channels);
      } else {
        kept_[axis.constant][static_cast<std::size_t>(axis.axis)] = channels;
      }
    }
  }

  /// For each slice of the axis those of the `channels` (of the layer's input) that are in it.
  void keep_of_slices(const WeightAxis& axis, const Indices& channels) {
    const std::int64_t depth = original_.value(axis.constant).shape[axis.axis];
    IndicesPerAxis& slices = of_slices_[axis.constant];
    slices.resize(static_cast<std::size_t>(axis.slices));
    for (const std::int64_t c : channels) {
      slices[static_cast<std::size_t>(c / depth)].push_back(c % depth);
    }
    IndicesPerAxis left = slices;
    std::erase_if(left, [](const Indices& slice) { return slice.empty(); });
    const bool is_same =
        std::ranges::all_of(left, [&](const Indices& slice) { return slice == left[0]; });
    if (!is_same) return;
    kept_[axis.constant][static_cast<std::size_t>(axis.axis)] = left[0];
    of_slices_.erase(axis.constant);
  }

  void fold(const Folding& folding) {
    if (folding.carrier) {
      fold_into_carrier(folding);
    } else {
      fold_into_bias(folding);
    }
  }

  /// bias[f] += constant * the sum of the weights that filter f reads the channel with.
  void fold_into_bias(const Folding& folding) {
    const ValueId weight_id = graph().node(folding.layer).inputs[1];
    const Value weight = graph().value(weight_id);
    const InputSlices slices = input_slices(original_, original_.node(folding.layer));
    const std::int64_t taps = weight.shape.elements() / (weight.shape[0] * slices.depth);
    std::vector<double>& bias = exact(bias_of(folding.layer));
    for (std::int64_t f = 0; f < weight.shape[0]; ++f) {
      for (const FoldedInput& input : folding.removed) {
        if (!slices.reads(f, input.channel)) continue;
        const std::int64_t column = f * slices.depth + input.channel % slices.depth;
        const auto first = static_cast<std::size_t>(column * taps);
        const auto read = weight.constant.floats.subspan(first, static_cast<std::size_t>(taps));
        const double sum = std::accumulate(read.begin(), read.end(), 0.0);
        bias[static_cast<std::size_t>(f)] += sum * input.constant;
      }
    }
  }

  /// The carrier's weights take on those of the removed channels, scaled by the constants' ratio.
  void fold_into_carrier(const Folding& folding) {
    const ValueId weight_id = graph().node(folding.layer).inputs[1];
    const Shape shape = graph().value(weight_id).shape;
    const InputSlices slices = input_slices(original_, original_.node(folding.layer));
    const std::int64_t taps = shape[2] * shape[3];
    std::vector<double>& weight = exact(weight_id);
    for (std::int64_t f = 0; f < shape[0]; ++f) {
      if (!slices.reads(f, folding.carrier->channel)) continue;
      for (const FoldedInput& input : folding.removed) {
        const double ratio = input.constant / folding.carrier->constant;
        const std::int64_t row = f * slices.depth;
        const std::int64_t from = (row + input.channel % slices.depth) * taps;
        const std::int64_t to = (row + folding.carrier->channel % slices.depth) * taps;
        for (std::int64_t t = 0; t < taps; ++t) {
          weight[static_cast<std::size_t>(to + t)] +=
              ratio * weight[static_cast<std::size_t>(from + t)];
        }
      }
    }
  }

  /// The constant's elements in double, to be changed.
  std::vector<double>& exact(ValueId id) {
    std::vector<double>& elements = exact_[id];
    const std::span<const float> floats = graph().value(id).constant.floats;
    if (elements.empty()) elements.assign(floats.begin(), floats.end());
    return elements;
  }

  ValueId bias_of(NodeId layer) {
    const ValueId bias = own_bias(graph(), layer);
    const Indices& filters = kept_.at(graph().node(layer).inputs[1])[0];
    kept_.try_emplace(bias, IndicesPerAxis(1, filters));
    return bias;
  }

  void slice_constants() {
    for (const auto& [id, axes] : kept_) {
      const Value value = graph().value(id);
      std::vector<IndicesPerAxis> parts = parts_of(id);
      const Shape shape = shape_of(parts);
      if (const auto computed = exact_.find(id); computed != exact_.end()) {
        set_computed(graph(), id, shape,
                     sliced(std::span<const double>(computed->second), value.shape, parts),
                     result_.exact);
      } else if (shape != value.shape) {
        graph().set_constant(id, shape, sliced(value.constant.floats, value.shape, parts));
      }
      const bool is_new = static_cast<std::size_t>(id) >= original_.values.size();
      if (!is_new) result_.kept.push_back({value.name, std::move(parts)});
    }
  }

  std::vector<IndicesPerAxis> parts_of(ValueId id) const {
    const IndicesPerAxis& axes = kept_.at(id);
    const auto apart = of_slices_.find(id);
    if (apart == of_slices_.end()) return {axes};
    const IndicesPerAxis& slices = apart->second;
    const std::int64_t filters = original_.value(id).shape[0] / std::ssize(slices);
    std::vector<IndicesPerAxis> parts;
    for (std::int64_t slice = 0; slice < std::ssize(slices); ++slice) {
      const Indices& inputs = slices[static_cast<std::size_t>(slice)];
      if (inputs.empty()) continue;
      IndicesPerAxis part = axes;
      std::erase_if(part[0], [&](std::int64_t f) { return f / filters != slice; });
      part[1] = inputs;
      parts.push_back(std::move(part));
    }
    return parts;
  }

  /// The Gather among what its input and its output kept. An output that is kept though what it
  /// was picked from is gone is zero.
  Gather narrowed(const Gather& gather, const Node& node) const {
    const Indices inputs = plan_.decisions.kept(node.inputs[0]);
    Gather result;
    for (const std::int64_t k : plan_.decisions.kept(node.outputs[0])) {
      const std::int64_t picked = gather.indices[static_cast<std::size_t>(k)];
      const auto at = std::ranges::lower_bound(inputs, picked);
      const bool is_there = at != inputs.end() && *at == picked;
      result.indices.push_back(is_there ? at - inputs.begin() : Gather::kZero);
    }
    return result;
  }

  /// Grouped and depthwise convolutions have as many groups as are left, Gathers count anew; shapes
  /// follow.
  void narrow_nodes() {
    for (Node& node : graph().nodes) {
      auto* conv = std::get_if<Conv2d>(&node.op);
      if (conv != nullptr && conv->groups > 1) {
        conv->groups =
            graph().value(node.inputs[0]).shape[1] / graph().value(node.inputs[1]).shape[1];
      }
      if (auto* gather = std::get_if<Gather>(&node.op)) *gather = narrowed(*gather, node);
      graph().value(node.outputs[0]).shape = infer_shape(node.op, operator_inputs(graph(), node));
    }
  }

  const PruningPlan& plan_;
  const Graph& original_;
  Compacted result_;
  std::map<ValueId, IndicesPerAxis> kept_;        ///< per axis, of every constant
  std::map<ValueId, IndicesPerAxis> of_slices_;   ///< of weights whose slices keep different inputs
  std::map<ValueId, std::vector<double>> exact_;  ///< constants that changed
};

}  // namespace

Compacted compact(const Graph& graph, const PruningPlan& plan, const ExactConstants& exact) {
  return Compactor(graph, plan, exact).run();
}

}  // namespace ockham::converters
