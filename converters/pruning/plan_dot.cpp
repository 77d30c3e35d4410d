#include "converters/pruning/plan_dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "converters/channels/convolutions.h"
#include "converters/channels/group_colours.h"
#include "converters/pruning/group_decision.h"

namespace ockham::converters {
namespace {

/// Okabe and Ito's colours, which colour-blind people can tell apart, without yellow and black.
/// More groups than colours: they repeat, and the group's number tells.
constexpr std::array<std::string_view, 6> kColours = {"#0072B2", "#E69F00", "#009E73",
                                                      "#CC79A7", "#56B4E9", "#D55E00"};
/// Of groups that may not be cut.
constexpr std::string_view kFixedColour = "#8A939C";
constexpr std::string_view kTint = "40";  ///< opacity of a filled node

/// Text for a quoted string in which Graphviz reads escapes (\n, \N) and entities (&amp;).
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
  }
  return out;
}

/// Lines of a label, to the left.
std::string label(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += escaped(line) + "\\l";
  return text;
}

std::string change(std::int64_t before, std::int64_t after) {
  return before == after ? fmt::format("{}", before) : fmt::format("{} -> {}", before, after);
}

class DotWriter {
 public:
  DotWriter(const Graph& graph, const PruningPlan& plan, const Explanation& explanation,
            const Graph& result)
      : graph_(graph),
        decisions_(plan.decisions),
        colouring_(
            group_colours(graph, *plan.decisions.channels, static_cast<int>(kColours.size()))) {
    for (const LayerPlan& layer : explanation.layers) {
      if (!layer.is_eliminated()) layers_[layer.node] = &layer;
    }
    for (const Node& node : result.nodes) left_.insert(node.name);
  }

  std::string text() {
    out_ = fmt::format("digraph \"{}\" {{\n", escaped(graph_.name));
    out_ += "  node [shape=box, fontname=\"Helvetica\", fontsize=11];\n";
    out_ += "  edge [fontname=\"Helvetica\", fontsize=9, penwidth=2];\n";
    for (const ValueId id : graph_.inputs) write_end("in", id, "input");
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) write_node(static_cast<NodeId>(i));
    for (const ValueId id : graph_.outputs) write_output(id);
    write_legend();
    return out_ + "}\n";
  }

 private:
  /// What the value is drawn as.
  int group_of(ValueId id) const { return colouring_.of_value[static_cast<std::size_t>(id)]; }
  const DrawnChannels& drawn(int group) const {
    return colouring_.drawn[static_cast<std::size_t>(group)];
  }

  std::string_view colour(int group) const {
    const int number = drawn(group).colour;
    return number < 0 ? kFixedColour : kColours[static_cast<std::size_t>(number)];
  }

  std::int64_t kept(ValueId id) const { return std::ssize(decisions_.kept(id)); }

  /// "[N, 20 -> 17, 24, 24]".
  std::string shape_text(ValueId id) const {
    const Shape& shape = graph_.value(id).shape;
    std::string text = "[N";
    for (int axis = 1; axis < shape.rank(); ++axis) {
      text += ", " + change(shape[axis], axis == 1 ? kept(id) : shape[axis]);
    }
    return text + "]";
  }

  /// The end of an edge: the node that computes the value, or the network's input.
  std::string source(ValueId id) const {
    const NodeId producer = graph_.producer(id);
    return producer < 0 ? fmt::format("in{}", id) : fmt::format("n{}", producer);
  }

  /// Whether the node hands the channels of an input on; else those of its output are its own.
  bool is_carrier(const Node& node) const {
    return std::ranges::any_of(node.inputs, [&](ValueId id) {
      return !graph_.value(id).is_constant && group_of(id) == group_of(node.outputs[0]);
    });
  }

  void write_end(const char* kind, ValueId id, const char* what) {
    const Value& value = graph_.value(id);
    out_ += fmt::format("  {}{} [shape=ellipse, color=\"{}\", label=\"{} {}\\n{}\"];\n", kind, id,
                        colour(group_of(id)), what, escaped(value.name), shape_text(id));
  }

  void write_edge(ValueId id, const std::string& to) {
    out_ += fmt::format("  {} -> {} [color=\"{}\", label=\" {}\"];\n", source(id), to,
                        colour(group_of(id)), shape_text(id));
  }

  void write_output(ValueId id) {
    write_end("out", id, "output");
    write_edge(id, fmt::format("out{}", id));
  }

  std::vector<std::string> node_lines(NodeId id) const {
    const Node& node = graph_.node(id);
    std::vector<std::string> lines = {
        node.name, fmt::format("{}  g{}", operator_name(node.op), group_of(node.outputs[0]))};
    if (const auto layer = layers_.find(id); layer != layers_.end()) {
      const LayerPlan& plan = *layer->second;
      lines.push_back("inputs " + change(plan.inputs_before, plan.inputs_after));
      lines.push_back("width " + change(plan.width_before, plan.width_after));
      lines.push_back(plan.reason);
    } else {
      const ValueId out = node.outputs[0];
      lines.push_back("width " + change(channel_count(graph_.value(out).shape), kept(out)));
    }
    if (!left_.contains(node.name)) lines.emplace_back("folded away");
    return lines;
  }

  /// A layer that lost filters or inputs.
  bool is_cut(NodeId id) const {
    const auto layer = layers_.find(id);
    return layer != layers_.end() && layer->second->params_after < layer->second->params_before;
  }

  void write_node(NodeId id) {
    const Node& node = graph_.node(id);
    const std::string_view group_colour = colour(group_of(node.outputs[0]));
    std::string style = is_carrier(node) ? "rounded,filled" : "filled";
    if (!left_.contains(node.name)) style += ",dashed";
    const std::string fill =
        is_carrier(node) ? fmt::format("{}{}", group_colour, kTint) : std::string("#FFFFFF");
    out_ += fmt::format(
        "  n{} [style=\"{}\", color=\"{}\", fillcolor=\"{}\", penwidth={}, label=\"{}\"];\n", id,
        style, group_colour, fill, is_cut(id) ? 4 : 1, label(node_lines(id)));
    std::set<ValueId> drawn;
    for (const ValueId input : node.inputs) {
      if (graph_.value(input).is_constant || !drawn.insert(input).second) continue;
      write_edge(input, fmt::format("n{}", id));
    }
  }

  /// Which nodes make, hand on and read the channels of each group.
  struct Members {
    std::string produced, carried, read;
  };

  static void append(std::string& list, const std::string& name) {
    list += (list.empty() ? "" : ", ") + name;
  }

  std::vector<Members> members() const {
    std::vector<Members> members(colouring_.drawn.size());
    for (const Node& node : graph_.nodes) {
      const int own = group_of(node.outputs[0]);
      Members& made = members[static_cast<std::size_t>(own)];
      append(is_carrier(node) ? made.carried : made.produced, node.name);
      std::set<int> read;
      for (const ValueId input : node.inputs) {
        if (graph_.value(input).is_constant || group_of(input) == own) continue;
        if (!read.insert(group_of(input)).second) continue;
        append(members[static_cast<std::size_t>(group_of(input))].read, node.name);
      }
    }
    return members;
  }

  std::vector<std::string> legend_lines(int group, const Members& members) const {
    const DrawnChannels& one = drawn(group);
    std::int64_t kept = 0;
    for (const int number : one.groups) {
      kept += std::ssize(decisions_.groups[static_cast<std::size_t>(number)].keep);
    }
    std::vector<std::string> lines = {
        fmt::format("g{} {}: {} of {} channels stay", group, one.name, kept, one.width)};
    if (one.groups.size() > 1) lines.push_back("those of " + names_of(one.groups));
    if (!one.why_not.empty()) lines.push_back("may not be cut: " + one.why_not);
    if (!members.produced.empty()) lines.push_back("made by " + members.produced);
    if (!members.carried.empty()) lines.push_back("handed on by " + members.carried);
    if (!members.read.empty()) lines.push_back("read by " + members.read);
    return lines;
  }

  std::string names_of(const std::vector<int>& groups) const {
    std::string names;
    for (const int number : groups) {
      append(names, decisions_.group(static_cast<std::size_t>(number)).name);
    }
    return names;
  }

  void write_legend() {
    const std::vector<Members> all = members();
    out_ +=
        "  subgraph cluster_legend {\n    label=\"groups of channels: white nodes make them, "
        "filled ones hand them on; bold nodes are cut, dashed ones are folded into others; grey "
        "groups may not be cut\";\n";
    out_ += "    fontname=\"Helvetica\"; fontsize=11; color=\"#DFE3E8\";\n";
    for (std::size_t g = 0; g < all.size(); ++g) {
      const int group = static_cast<int>(g);
      out_ +=
          fmt::format("    g{} [style=filled, color=\"{}\", fillcolor=\"{}{}\", label=\"{}\"];\n",
                      g, colour(group), colour(group), kTint, label(legend_lines(group, all[g])));
      if (g > 0) out_ += fmt::format("    g{} -> g{} [style=invis];\n", g - 1, g);
    }
    out_ += "  }\n";
  }

  const Graph& graph_;
  const ChannelDecisions& decisions_;
  Colouring colouring_;
  std::map<NodeId, const LayerPlan*> layers_;  ///< convolutions and linear layers
  std::set<std::string> left_;                 ///< names of the nodes of the result
  std::string out_;
};

}  // namespace

std::string plan_dot(const Graph& graph, const PruningPlan& plan, const Explanation& explanation,
                     const Graph& result) {
  return DotWriter(graph, plan, explanation, result).text();
}

}  // namespace ockham::converters
