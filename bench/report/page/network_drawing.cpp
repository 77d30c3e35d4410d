#include "bench/report/page/network_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "converters/channels/channel_structure.h"
#include "converters/channels/convolutions.h"
#include "converters/channels/group_colours.h"

namespace ockham::bench {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// "3×3", with "/2" for a stride.
std::string window_text(const Window2d& window) {
  std::string text = fmt::format("{}×{}", window.kernel[0], window.kernel[1]);
  if (window.stride[0] == 1 && window.stride[1] == 1) return text;
  if (window.stride[0] == window.stride[1]) return text + fmt::format(" /{}", window.stride[0]);
  return text + fmt::format(" /{}×{}", window.stride[0], window.stride[1]);
}

std::string spaced(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

/// The operator in few words.
std::string operator_text(const Graph& graph, const Node& node) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    const std::int64_t inputs = converters::channel_count(graph.value(node.inputs[0]).shape);
    if (converters::is_depthwise(*conv, inputs)) return "depthwise " + window_text(conv->window);
    const std::string groups = conv->groups > 1 ? fmt::format(" in {} groups", conv->groups) : "";
    return "conv " + window_text(conv->window) + groups;
  }
  if (const auto* pool = std::get_if<Pool2d>(&node.op)) {
    return spaced(operator_name(node.op)) + " " + window_text(pool->window);
  }
  return spaced(operator_name(node.op));
}

class Drawer {
 public:
  Drawer(const Graph& graph, const Provenance& provenance) : graph_(graph) {
    for (const LayerHistory& layer : provenance.layers) history_[layer.layer] = &layer;
    readers_.resize(graph.values.size());
    for (const Node& node : graph.nodes) {
      for (const ValueId id : activations(node)) ++readers_[at(id)];
    }
    for (const ValueId id : graph.outputs) ++readers_[at(id)];
  }

  NetworkDrawing draw() {
    find_groups();
    box_of_.assign(graph_.values.size(), -1);
    for (const ValueId id : graph_.inputs) add_end("input", id);
    for (const Node& node : graph_.nodes) add_node(node);
    for (const ValueId id : graph_.outputs) {
      const int from = box_of_[at(id)];
      add_end("output", id);
      add_link(id, from, static_cast<int>(drawing_.boxes.size()) - 1);
    }
    return std::move(drawing_);
  }

 private:
  /// What the node reads beside constants, each once.
  std::vector<ValueId> activations(const Node& node) const {
    std::vector<ValueId> ids;
    for (const ValueId id : node.inputs) {
      if (!graph_.value(id).is_constant && std::ranges::find(ids, id) == ids.end()) {
        ids.push_back(id);
      }
    }
    return ids;
  }

  void find_groups() {
    const converters::Channels channels = converters::channel_structure(graph_);
    converters::Colouring colouring = converters::group_colours(graph_, *channels, kGroupColours);
    group_of_ = std::move(colouring.of_value);
    for (const converters::DrawnChannels& one : colouring.drawn) {
      DrawnGroup drawn{
          .name = one.name, .width = one.width, .colour = one.colour, .why_not = one.why_not};
      if (one.groups.size() == 1) {
        drawn.dense_width = dense_width(channels->groups()[at(one.groups.front())]);
      }
      drawing_.groups.push_back(std::move(drawn));
    }
  }

  /// The most that the layers which make the channels say they had; 0 when none says so.
  std::int64_t dense_width(const converters::ChannelGroup& group) const {
    std::int64_t width = 0;
    for (const converters::WeightAxis& axis : group.producers) {
      const auto found = history_.find(graph_.node(axis.node).name);
      if (found != history_.end() && found->second->width == group.width) {
        width = std::max(width, found->second->dense_width);
      }
    }
    return width;
  }

  /// Whether the node hands the channels of an input on.
  bool is_carrier(const Node& node) const {
    return std::ranges::any_of(activations(node), [&](ValueId id) {
      return group_of_[at(id)] == group_of_[at(node.outputs[0])];
    });
  }

  void add_end(const char* what, ValueId id) {
    const Value& value = graph_.value(id);
    if (box_of_[at(id)] < 0) box_of_[at(id)] = static_cast<int>(drawing_.boxes.size());
    drawing_.boxes.push_back(
        {.detail = fmt::format("{} {} {}", what, value.name, value.shape.text()),
         .hint = fmt::format("{} '{}' {}", what, value.name, value.shape.text()),
         .group = group_of_[at(id)]});
  }

  void add_link(ValueId id, int from, int to) {
    if (from == to || from < 0) return;
    const Value& value = graph_.value(id);
    drawing_.links.push_back({from, to, group_of_[at(id)], value.name + " " + value.shape.text()});
  }

  /// Elementwise and without a second activation, behind a box that nobody else reads: one box
  /// shows both.
  bool joins_its_input(const Node& node) const {
    const std::vector<ValueId> inputs = activations(node);
    const bool elementwise = std::holds_alternative<Unary>(node.op) ||
                             std::holds_alternative<BatchNorm>(node.op) ||
                             std::holds_alternative<Binary>(node.op);
    return elementwise && inputs.size() == 1 && readers_[at(inputs[0])] == 1 &&
           graph_.producer(inputs[0]) >= 0 && is_carrier(node);
  }

  /// "12 of 20"; "20" when none went, or its history does not say what it had.
  std::string width_text(const Node& node, const LayerHistory* history) const {
    const std::int64_t width = converters::channel_count(graph_.value(node.outputs[0]).shape);
    if (history == nullptr || history->dense_width == width) return fmt::format("{}", width);
    return fmt::format("{} of {}", width, history->dense_width);
  }

  /// What the provenance says of a layer, if it speaks of this width.
  const LayerHistory* history_of(const Node& node) const {
    const auto found = history_.find(node.name);
    if (found == history_.end()) return nullptr;
    const LayerHistory* history = found->second;
    const std::int64_t width = converters::channel_count(graph_.value(node.outputs[0]).shape);
    return history->width == width && history->dense_width >= width ? history : nullptr;
  }

  DrawnBox layer_box(const Node& node) const {
    const LayerHistory* history = history_of(node);
    DrawnBox box{.title = node.name};
    box.detail = operator_text(graph_, node) + ", " + width_text(node, history);
    box.hint = node.name + ": " + box.detail;
    if (history == nullptr) return box;
    box.kept = static_cast<double>(history->width) / static_cast<double>(history->dense_width);
    if (!history->reason.empty()) box.hint += "\n" + history->reason;
    return box;
  }

  void add_node(const Node& node) {
    note_roles(node);
    const int existing = joins_its_input(node) ? box_of_[at(activations(node)[0])] : -1;
    const int own = existing >= 0 ? existing : static_cast<int>(drawing_.boxes.size());
    if (existing >= 0) {
      DrawnBox& box = drawing_.boxes[at(existing)];
      box.detail += " + " + operator_text(graph_, node);
      box.hint += "\n" + node.name + ": " + operator_text(graph_, node);
    } else {
      DrawnBox box = is_layer(node.op)
                         ? layer_box(node)
                         : DrawnBox{.detail = operator_text(graph_, node),
                                    .hint = node.name + ": " + operator_text(graph_, node)};
      box.group = group_of_[at(node.outputs[0])];
      box.makes = !is_carrier(node);
      drawing_.boxes.push_back(std::move(box));
      for (const ValueId id : activations(node)) add_link(id, box_of_[at(id)], own);
    }
    for (const ValueId id : node.outputs) box_of_[at(id)] = own;
  }

  void note_roles(const Node& node) {
    const int own = group_of_[at(node.outputs[0])];
    if (!is_carrier(node)) drawing_.groups[at(own)].makers.push_back(node.name);
    std::set<int> read;
    for (const ValueId id : activations(node)) {
      const int group = group_of_[at(id)];
      if (group != own && read.insert(group).second) {
        drawing_.groups[at(group)].readers.push_back(node.name);
      }
    }
  }

  const Graph& graph_;
  std::map<std::string, const LayerHistory*> history_;  ///< by layer
  std::vector<int> readers_;                            ///< how many each value has
  std::vector<int> group_of_;                           ///< of each value; -1: a constant
  std::vector<int> box_of_;                             ///< that computes each value
  NetworkDrawing drawing_;
};

}  // namespace

NetworkDrawing draw_network(const Graph& graph, const Provenance& provenance) {
  return Drawer(graph, provenance).draw();
}

}  // namespace ockham::bench
