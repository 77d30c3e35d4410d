#include "converters/pruning/layer_reasons.h"

#include <fmt/format.h>

#include <algorithm>

#include "converters/channels/convolutions.h"
#include "converters/pruning/carriers.h"
#include "converters/pruning/group_decision.h"

namespace ockham::converters {
namespace {

class Reasoner {
 public:
  Reasoner(const Graph& graph, const Analysis& analysis, const PruningPlan& plan, NodeId layer)
      : graph_(graph),
        id_(layer),
        node_(graph.node(layer)),
        facts_(facts_of(analysis, node_.outputs[0])),
        input_facts_(facts_of(analysis, node_.inputs[0])),
        inputs_(membership(plan.decisions, node_.inputs[0])) {
    const Membership outputs = membership(plan.decisions, node_.outputs[0]);
    decision_ = outputs.decision;
    block_ = outputs.block;
  }

  std::string reason() const {
    const std::string inputs = inputs_part();
    return width_reason() + (inputs.empty() ? "" : "; " + inputs);
  }

 private:
  std::string width_reason() const {
    if (!group().removable) return fixed_reason();
    if (is_depthwise_layer()) return "goes along with " + group().name;
    std::vector<std::string> parts = removal_parts();
    add_slices_part(parts);
    add_kept_part(parts);
    if (parts.empty()) return "all " + units() + " are used";
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  const ChannelGroup& group() const { return decision_->group; }
  std::int64_t width() const { return static_cast<std::int64_t>(facts_.used.size()); }
  bool is_linear() const { return std::holds_alternative<Linear>(node_.op); }
  std::string unit() const { return is_linear() ? "neuron" : "filter"; }
  std::string units() const { return unit() + "s"; }

  bool is_depthwise_layer() const {
    const auto* conv = std::get_if<Conv2d>(&node_.op);
    return conv != nullptr && is_depthwise(*conv, graph_.value(node_.inputs[0]).shape[1]);
  }

  /// "3 filters are <what>", or "" for none.
  std::string counted(std::int64_t count, const std::string& what) const {
    if (count == 0) return "";
    return count == 1 ? fmt::format("1 {} is {}", unit(), what)
                      : fmt::format("{} {} are {}", count, units(), what);
  }

  /// "473 inputs whose columns are zero": what a Gather in front of the layer leaves out for it.
  std::string inputs_part() const {
    const NodeId producer = graph_.producer(node_.inputs[0]);
    if (producer < 0 || !std::holds_alternative<Gather>(graph_.node(producer).op)) return "";
    std::int64_t count = 0;
    for (std::size_t i = 0; i < input_facts_.used.size(); ++i) {
      const bool gone = !inputs_.keeps(static_cast<std::int64_t>(i));
      if (gone && !input_facts_.constant[i]) ++count;
    }
    if (count == 0) return "";
    return count == 1 ? "1 input whose column is zero"
                      : fmt::format("{} inputs whose columns are zero", count);
  }

  std::string fixed_reason() const {
    if (graph_.is_output(node_.outputs[0])) return "output of the network";
    const std::string coupling = coupling_text();
    return coupling.empty() ? group().why_not : coupling + ": " + group().why_not;
  }

  bool has_weights(std::int64_t filter) const {
    const InputSlices slices = input_slices(graph_, node_);
    const std::int64_t first = filter / slices.filters * slices.depth;
    for (std::int64_t c = first; c < first + slices.depth; ++c) {
      if (reads(graph_, node_, filter, c)) return true;
    }
    return false;
  }

  bool is_kept(std::int64_t filter) const {
    return std::ranges::binary_search(decision_->keep, filter / block_);
  }

  std::vector<std::string> removal_parts() const {
    std::int64_t zero = 0, constant = 0, unused = 0;
    for (std::int64_t f = 0; f < width(); ++f) {
      if (is_kept(f)) continue;
      if (!has_weights(f)) {
        ++zero;
      } else if (facts_.constant[static_cast<std::size_t>(f)]) {
        ++constant;
      } else {
        ++unused;
      }
    }
    std::vector<std::string> parts = {counted(zero, "zero"), counted(constant, "constant"),
                                      counted(unused, "not used")};
    std::erase(parts, "");
    return parts;
  }

  /// "2 of 4 groups are left", of a grouped convolution.
  void add_slices_part(std::vector<std::string>& parts) const {
    const InputSlices slices = input_slices(graph_, node_);
    std::vector<bool> left(static_cast<std::size_t>(slices.count), false);
    for (std::int64_t f = 0; f < width(); ++f) {
      if (is_kept(f)) left[static_cast<std::size_t>(f / slices.filters)] = true;
    }
    const std::int64_t count = std::ranges::count(left, true);
    if (count == slices.count) return;
    parts.push_back(
        fmt::format("{} of {} groups {} left", count, slices.count, count == 1 ? "is" : "are"));
  }

  /// The grouped convolution that computes or reads channels of the group, or "".
  std::string grouped_layer() const {
    for (const auto* axes : {&group().producers, &group().consumers}) {
      for (const WeightAxis& axis : *axes) {
        const Node& layer = graph_.node(axis.node);
        if (input_slices(graph_, layer).count > 1) return layer.name;
      }
    }
    return "";
  }

  /// Why filters that the layer itself could lose stay.
  void add_kept_part(std::vector<std::string>& parts) const {
    std::int64_t kept = 0, carriers = 0, others = 0;
    for (std::int64_t f = 0; f < width(); ++f) {
      if (!is_kept(f)) continue;
      ++kept;
      if (!is_dead(facts_, f)) continue;
      const bool carrier = std::ranges::binary_search(decision_->carriers, f / block_);
      ++(carrier ? carriers : others);
    }
    if (carriers > 0) {
      parts.push_back(counted(carriers, "constant and kept for zero-padded " + padded_readers()));
    }
    if (others == 0) return;
    if (const std::string coupling = coupling_text(); !coupling.empty()) {
      parts.push_back(fmt::format("{}, where {} used", coupling, channels_are(kept / block_)));
    } else if (const std::string grouped = grouped_layer(); !grouped.empty()) {
      parts.push_back(counted(others, "kept, as the groups of " + grouped + " stay of one size"));
    } else if (others == kept) {
      parts.push_back("a layer keeps its last " + (kept == 1 ? unit() : units()));
    } else {
      parts.push_back(counted(others, "constant here, but not in all layers that follow"));
    }
  }

  static std::string channels_are(std::int64_t count) {
    return count == 1 ? "1 channel is" : fmt::format("{} channels are", count);
  }

  std::string padded_readers() const {
    std::vector<std::string> names;
    for (const WeightAxis& axis : group().consumers) {
      const Node& reader = graph_.node(axis.node);
      if (reads_through_padding(graph_, reader)) names.push_back(reader.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  /// "coupled with conv7 through add3", or "" when the layer is alone in its group.
  std::string coupling_text() const {
    const std::string partner = partner_name();
    if (partner.empty()) return "";
    const std::string joint = joint_name();
    return "coupled with " + partner + (joint.empty() ? "" : " through " + joint);
  }

  std::string partner_name() const {
    for (const WeightAxis& axis : group().producers) {
      if (axis.node != id_) return graph_.node(axis.node).name;
    }
    if (!group().selectors.empty()) return graph_.node(group().selectors.front()).name;
    for (const CarriedValue& carried : group().values) {
      const bool is_input = std::ranges::find(graph_.inputs, carried.value) != graph_.inputs.end();
      if (is_input) return graph_.value(carried.value).name;
    }
    return "";
  }

  std::string joint_name() const {
    for (const Node& node : graph_.nodes) {
      if (!std::holds_alternative<Binary>(node.op) || !joins(node)) continue;
      if (std::ranges::find(group().values, node.outputs[0], &CarriedValue::value) !=
          group().values.end()) {
        return node.name;
      }
    }
    return "";
  }

  bool joins(const Node& node) const {
    return std::ranges::none_of(node.inputs,
                                [&](ValueId id) { return graph_.value(id).is_constant; });
  }

  const Graph& graph_;
  NodeId id_;
  const Node& node_;
  const ChannelFacts& facts_;
  const ChannelFacts& input_facts_;
  Membership inputs_;
  const GroupDecision* decision_ = nullptr;
  std::int64_t block_ = 1;
};

}  // namespace

std::string layer_reason(const Graph& graph, const Analysis& analysis, const PruningPlan& plan,
                         NodeId layer) {
  return Reasoner(graph, analysis, plan, layer).reason();
}

}  // namespace ockham::converters
