// Pad: zeros around channels are a Gather's, borders of images are Pad's or repeat pixels.
#include <algorithm>
#include <numeric>
#include <string>

#include "converters/onnx/operators/axis.h"
#include "converters/onnx/operators/node_chain.h"
#include "converters/onnx/operators/rules.h"
#include "converters/onnx/operators/selection.h"
#include "converters/onnx/text.h"
#include "runtime/graph/number_text.h"

namespace ockham::converters::onnx_io {
namespace {

using Integers = std::vector<std::int64_t>;

/// What is added in front of and behind each axis of the input; negative: taken away.
struct Pads {
  Integers begin, end;
};

Pads import_pads(NodeImport& node, int rank) {
  Integers pads = node.attributes().integers("pads", {});
  if (node.has_input(1)) pads = node.indices(1).elements;
  Integers axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  if (node.has_input(3)) axes = node.indices(3).elements;
  if (pads.size() != 2 * axes.size()) {
    node.invalid("has " + std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) +
                 " axes, expected two for each");
  }
  Pads result{Integers(static_cast<std::size_t>(rank)), Integers(static_cast<std::size_t>(rank))};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t begin = pads[i], end = pads[axes.size() + i];
    if (begin == 0 && end == 0) continue;
    if (std::max(begin, end) > kMaxElements || std::min(begin, end) < -kMaxElements) {
      node.invalid("pads by " + std::to_string(begin) + " and " + std::to_string(end));
    }
    const auto axis = static_cast<std::size_t>(import_axis(node, axes[i], rank));
    result.begin[axis] = begin;
    result.end[axis] = end;
  }
  return result;
}

float import_value(NodeImport& node) {
  if (!node.has_input(2)) return node.attributes().number("value", 0.0f);
  const FloatTensor& tensor = node.floats(2);
  if (tensor.elements.floats.size() != 1) {
    node.invalid(node.input_text(2) + " has " + std::to_string(tensor.elements.floats.size()) +
                 " elements, expected 1");
  }
  return tensor.elements.floats[0];
}

/// Where position `at` of an axis lies when the axis is mirrored (without its ends) or repeated.
std::int64_t reflected(std::int64_t at, std::int64_t extent) {
  if (extent == 1) return 0;
  const std::int64_t period = 2 * (extent - 1);
  at = (at % period + period) % period;
  return at < extent ? at : period - at;
}

std::int64_t source(NodeImport& node, const std::string& mode, std::int64_t at,
                    std::int64_t extent) {
  if (mode == "reflect") return reflected(at, extent);
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, extent - 1);
  if (mode == "wrap") return (at % extent + extent) % extent;
  node.unsupported("attribute 'mode' is " + shown(mode) +
                   "; supported: constant, reflect, edge, wrap");
}

/// Positions of an axis with `begin` and `end` more, each `source_of` its place.
template <class Source>
Integers positions(NodeImport& node, std::int64_t extent, std::int64_t begin, std::int64_t end,
                   Source source_of) {
  const std::int64_t count = extent + begin + end;
  if (count < 1) node.invalid("leaves nothing of an axis of " + std::to_string(extent));
  Integers result = node.room_for_indices(count);
  for (std::int64_t at = -begin; at < extent + end; ++at) result.push_back(source_of(at));
  return result;
}

void repeat_positions(NodeImport& node, const std::string& mode, const Pads& pads, NodeChain& chain,
                      const Shape& shape) {
  for (int axis = 1; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (pads.begin[i] == 0 && pads.end[i] == 0) continue;
    const std::int64_t extent = shape[axis];
    chain.add(selection(
        axis, positions(node, extent, pads.begin[i], pads.end[i],
                        [&](std::int64_t at) { return source(node, mode, at, extent); })));
  }
}

/// What a negative pad takes away.
void crop(NodeImport& node, Pads& pads, NodeChain& chain, const Shape& shape) {
  for (int axis = 1; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t begin = std::min<std::int64_t>(pads.begin[i], 0);
    const std::int64_t end = std::min<std::int64_t>(pads.end[i], 0);
    if (begin == 0 && end == 0) continue;
    chain.add(selection(
        axis, positions(node, shape[axis], begin, end, [](std::int64_t at) { return at; })));
    pads.begin[i] -= begin;
    pads.end[i] -= end;
  }
}

/// Channels of zeros, which a Gather adds.
void add_channels(NodeImport& node, const Pads& pads, float value, NodeChain& chain) {
  if (pads.begin[1] == 0 && pads.end[1] == 0) return;
  if (value != 0.0f) {
    node.unsupported("adds channels of " + number_text(value) + "; supported: of zeros");
  }
  const std::int64_t channels = chain.shape()[1];
  chain.add(Gather{positions(node, channels, pads.begin[1], pads.end[1], [&](std::int64_t at) {
    return at >= 0 && at < channels ? at : Gather::kZero;
  })});
}

}  // namespace

void import_pad(NodeImport& node) {
  node.expect_inputs(1, 4);
  const ValueId x = node.activation(0);
  const Shape shape = node.shape(x);
  if (shape.rank() < 2) {
    node.unsupported(node.input_text(0) + " has shape " + shape.text() +
                     "; supported: at least one axis behind the batch");
  }
  const std::string mode = node.attributes().text("mode", "constant");
  const float value = import_value(node);
  Pads pads = import_pads(node, shape.rank());
  NodeChain chain(node, x);
  if (mode != "constant") {
    repeat_positions(node, mode, pads, chain, shape);
    return chain.finish();
  }
  crop(node, pads, chain, shape);
  add_channels(node, pads, value, chain);
  const Pad border{
      {pads.begin.begin() + 2, pads.begin.end()}, {pads.end.begin() + 2, pads.end.end()}, value};
  const auto is_some = [](std::int64_t pad) { return pad != 0; };
  if (std::ranges::any_of(border.begin, is_some) || std::ranges::any_of(border.end, is_some)) {
    chain.add(border);
  }
  chain.finish();
}

void export_node(const Pad& op, NodeExport& node) {
  Integers pads = {0, 0};
  pads.insert(pads.end(), op.begin.begin(), op.begin.end());
  pads.insert(pads.end(), {0, 0});
  pads.insert(pads.end(), op.end.begin(), op.end.end());
  node.set_operator("Pad");
  node.add_integers_input("pads", pads);
  if (op.value != 0.0f) node.add_number_input("value", op.value);
}

}  // namespace ockham::converters::onnx_io
