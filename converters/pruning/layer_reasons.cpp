#include "converters/pruning/layer_reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "converters/channels/convolutions.h"
#include "converters/pruning/carriers.h"
#include "converters/pruning/group_decision.h"

namespace ockham::converters {
namespace {

class Reasoner {
 public:
  Reasoner(const Graph& graph, const Analysis& analysis, const PruningPlan& plan, NodeId layer)
      : graph_(graph),
        analysis_(analysis),
        id_(layer),
        node_(graph.node(layer)),
        facts_(facts_of(analysis, node_.outputs[0])),
        input_facts_(facts_of(analysis, node_.inputs[0])),
        decisions_(plan.decisions) {
    for (const int number : decisions_.channels->of(node_.outputs[0]).groups) {
      groups_.push_back(&decisions_.group(static_cast<std::size_t>(number)));
    }
    follow_outputs();
  }

  std::string reason() const {
    const std::string inputs = inputs_part();
    return width_reason() + (inputs.empty() ? "" : "; " + inputs);
  }

 private:
  void follow_outputs() {
    has_outputs_.resize(graph_.values.size());
    has_outputs_[static_cast<std::size_t>(node_.outputs[0])] = true;
    for (const Node& node : graph_.nodes) {
      if (std::ranges::none_of(node.inputs, [&](ValueId id) { return has_outputs(id); })) continue;
      for (const ValueId id : node.outputs) {
        const auto is_in = [&](const ChannelGroup* group) { return group->find(id) != nullptr; };
        if (std::ranges::any_of(groups_, is_in)) has_outputs_[static_cast<std::size_t>(id)] = true;
      }
    }
  }

  bool has_outputs(ValueId id) const { return has_outputs_[static_cast<std::size_t>(id)]; }

  std::string width_reason() const {
    if (std::ranges::none_of(groups_, &ChannelGroup::removable)) return fixed_reason();
    if (is_depthwise_layer()) return "depthwise: has the channels of " + group_names();
    std::vector<std::string> parts = removal_parts();
    add_slices_part(parts);
    add_kept_part(parts);
    if (parts.empty()) return "all " + units() + " are used";
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  std::string group_names() const {
    std::vector<std::string> names;
    for (const ChannelGroup* group : groups_) names.push_back(group->name);
    return fmt::format("{}", fmt::join(names, " and "));
  }

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
      const bool gone = !decisions_.keeps(node_.inputs[0], static_cast<std::int64_t>(i));
      if (gone && !input_facts_.constant[i]) ++count;
    }
    if (count == 0) return "";
    return count == 1 ? "1 input whose column is zero"
                      : fmt::format("{} inputs whose columns are zero", count);
  }

  std::string fixed_reason() const {
    if (graph_.is_output(node_.outputs[0])) return "output of the network";
    const std::string coupling = coupling_text();
    const std::string& why_not = groups_.front()->why_not;
    return coupling.empty() ? why_not : coupling + ": " + why_not;
  }

  bool is_kept(std::int64_t filter) const { return decisions_.keeps(node_.outputs[0], filter); }

  bool is_carrier(std::int64_t filter) const {
    const ChannelId& id = decisions_.id(node_.outputs[0], filter);
    return std::ranges::binary_search(decisions_.decision(id).carriers, id.channel);
  }

  /// By what the filters compute: always zero, always another number, or what nobody uses.
  std::vector<std::string> removal_parts() const {
    std::int64_t zero = 0, constant = 0, unused = 0;
    for (std::int64_t f = 0; f < width(); ++f) {
      if (is_kept(f)) continue;
      const std::optional<double>& known = facts_.constant[static_cast<std::size_t>(f)];
      if (!known) {
        ++unused;
      } else {
        ++(*known == 0.0 ? zero : constant);
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

  /// The grouped convolution that computes or reads channels of the layer, or "".
  std::string grouped_layer() const {
    for (const ChannelGroup* group : groups_) {
      for (const auto* axes : {&group->producers, &group->consumers}) {
        for (const WeightAxis& axis : *axes) {
          const Node& layer = graph_.node(axis.node);
          if (input_slices(graph_, layer).count > 1) return layer.name;
        }
      }
    }
    return "";
  }

  /// Why filters that the layer itself could lose stay.
  void add_kept_part(std::vector<std::string>& parts) const {
    const std::string padded = padded_readers();
    std::int64_t kept = 0, carriers = 0;
    std::vector<std::int64_t> others;
    for (std::int64_t f = 0; f < width(); ++f) {
      if (!is_kept(f)) continue;
      ++kept;
      if (!is_dead(facts_, f)) continue;
      if (is_carrier(f) && !padded.empty()) {
        ++carriers;
      } else {
        others.push_back(f);
      }
    }
    if (carriers > 0) {
      parts.push_back(counted(carriers, "kept to carry constants into zero-padded " + padded));
    }
    if (!others.empty()) parts.push_back(others_part(others, kept));
  }

  /// Why these stay, which are dead and carry nothing, among those `kept`.
  std::string others_part(const std::vector<std::int64_t>& filters, std::int64_t kept) const {
    const std::int64_t count = std::ssize(filters);
    if (const std::string coupling = coupling_text(); !coupling.empty()) {
      return fmt::format("{}, where {} used", coupling, channels_are(kept_channels()));
    }
    if (const std::string grouped = grouped_layer(); !grouped.empty()) {
      return counted(count, "kept, as the groups of " + grouped + " stay of one size");
    }
    if (const std::string node = reviving_node(filters); !node.empty()) {
      return counted(count, "constant, but not behind " + node);
    }
    if (count == kept) return "a layer keeps its last " + (kept == 1 ? unit() : units());
    return counted(count, "kept");
  }

  /// The first node behind which one of these filters is not dead any more, or "".
  std::string reviving_node(const std::vector<std::int64_t>& filters) const {
    for (const Node& node : graph_.nodes) {
      for (const ValueId value : node.outputs) {
        const auto is_alive = [&](std::int64_t f) { return !is_dead_in(value, f); };
        if (has_outputs(value) && std::ranges::any_of(filters, is_alive)) return node.name;
      }
    }
    return "";
  }

  /// Whether the filter's channel is dead in `value`, or not there.
  bool is_dead_in(ValueId value, std::int64_t filter) const {
    const ChannelId& id = decisions_.id(node_.outputs[0], filter);
    const CarriedValue* places = decisions_.group(static_cast<std::size_t>(id.group)).find(value);
    if (places == nullptr) return true;
    const auto first = places->indices.begin() + id.channel * places->block;
    return std::all_of(first, first + places->block, [&](std::int64_t index) {
      return is_dead(facts_of(analysis_, value), index);
    });
  }

  std::int64_t kept_channels() const {
    std::int64_t count = 0;
    for (const ChannelGroup* group : groups_) {
      count += std::ssize(decisions_.groups[static_cast<std::size_t>(group->number)].keep);
    }
    return count;
  }

  static std::string channels_are(std::int64_t count) {
    return count == 1 ? "1 channel is" : fmt::format("{} channels are", count);
  }

  /// The zero-padded convolutions that read what the layer computes, or "".
  std::string padded_readers() const {
    std::vector<std::string> names;
    for (const ChannelGroup* group : groups_) {
      for (const WeightAxis& axis : group->consumers) {
        const Node& reader = graph_.node(axis.node);
        const bool is_known = std::ranges::find(names, reader.name) != names.end();
        if (is_known || !has_outputs(axis.value)) continue;
        if (reads_through_padding(graph_, reader)) names.push_back(reader.name);
      }
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
    for (const ChannelGroup* group : groups_) {
      if (std::string partner = partner_in(*group); !partner.empty()) return partner;
    }
    return "";
  }

  std::string partner_in(const ChannelGroup& group) const {
    for (const WeightAxis& axis : group.producers) {
      if (axis.node != id_) return graph_.node(axis.node).name;
    }
    if (!group.selectors.empty()) return graph_.node(group.selectors.front()).name;
    for (const CarriedValue& carried : group.values) {
      const bool is_input = std::ranges::find(graph_.inputs, carried.value) != graph_.inputs.end();
      if (is_input) return graph_.value(carried.value).name;
    }
    return "";
  }

  std::string joint_name() const {
    for (const Node& node : graph_.nodes) {
      if (!std::holds_alternative<Binary>(node.op) || !joins(node)) continue;
      const auto is_in = [&](const ChannelGroup* group) {
        return group->find(node.outputs[0]) != nullptr;
      };
      if (std::ranges::any_of(groups_, is_in)) return node.name;
    }
    return "";
  }

  bool joins(const Node& node) const {
    return std::ranges::none_of(node.inputs,
                                [&](ValueId id) { return graph_.value(id).is_constant; });
  }

  const Graph& graph_;
  const Analysis& analysis_;
  NodeId id_;
  const Node& node_;
  const ChannelFacts& facts_;
  const ChannelFacts& input_facts_;
  const ChannelDecisions& decisions_;
  std::vector<const ChannelGroup*> groups_;  ///< of its filters
  std::vector<bool> has_outputs_;  ///< by ValueId: whether what the layer computes goes on in it
};

}  // namespace

std::string layer_reason(const Graph& graph, const Analysis& analysis, const PruningPlan& plan,
                         NodeId layer) {
  return Reasoner(graph, analysis, plan, layer).reason();
}

}  // namespace ockham::converters
