#include "converters/pruning/conversion.h"

#include <algorithm>
#include <utility>

#include "converters/channels/channel_facts.h"
#include "converters/channels/convolutions.h"
#include "converters/pruning/constant_branches.h"
#include "converters/pruning/fold_batch_norm.h"
#include "converters/pruning/graph_edits.h"
#include "converters/pruning/moved_channels.h"
#include "converters/pruning/prepare.h"
#include "converters/pruning/select_inputs.h"
#include "converters/pruning/uneven_sums.h"
#include "converters/pruning/ungroup.h"
#include "runtime/graph/cost.h"

namespace ockham::converters {
namespace {

LayerPlan eliminated_plan(const Graph& network, const GraphCost& counted,
                          const EliminatedLayer& layer) {
  const auto at = std::ranges::find(network.nodes, layer.name, &Node::name);
  const NodeCost& before = counted.nodes[static_cast<std::size_t>(at - network.nodes.begin())];
  return {.name = layer.name,
          .op = std::string(operator_name(at->op)),
          .inputs_before = channel_count(network.value(at->inputs[0]).shape),
          .width_before = channel_count(network.value(at->outputs[0]).shape),
          .macs_before = before.macs,
          .params_before = before.params,
          .reason = layer.reason};
}

/// Puts the eliminated layers among the others, in the order of the network.
void add_eliminated(const Graph& network, const std::vector<EliminatedLayer>& eliminated,
                    std::vector<LayerPlan>& layers) {
  if (eliminated.empty()) return;
  const GraphCost counted = cost(network);
  for (const EliminatedLayer& layer : eliminated) {
    layers.push_back(eliminated_plan(network, counted, layer));
  }
  const auto place = [&](const LayerPlan& layer) {
    return std::ranges::find(network.nodes, layer.name, &Node::name) - network.nodes.begin();
  };
  std::ranges::stable_sort(layers, {}, place);
}

void add_reasons(const std::vector<UnevenSum>& sums, std::vector<LayerPlan>& layers) {
  for (const UnevenSum& sum : sums) {
    const auto layer = std::ranges::find(layers, sum.layer, &LayerPlan::name);
    if (layer != layers.end()) layer->reason += "; " + sum.text();
  }
}

/// What these layers cost with their groups, and why they have none any more.
void describe_ungrouped(const Graph& network, const std::vector<UngroupedLayer>& ungrouped,
                        std::vector<LayerPlan>& layers) {
  const GraphCost counted = cost(network);
  for (const UngroupedLayer& one : ungrouped) {
    const auto layer = std::ranges::find(layers, one.name, &LayerPlan::name);
    const auto at = std::ranges::find(network.nodes, one.name, &Node::name);
    const NodeCost& before = counted.nodes[static_cast<std::size_t>(at - network.nodes.begin())];
    layer->macs_before = before.macs;
    layer->params_before = before.params;
    layer->reason += "; " + one.reason;
  }
}

/// A network with plan, explanation and result, before batch norms are folded.
Conversion pruned(Graph masked, const ExactConstants& exact) {
  const Analysis analysis = analyse(masked, exact);
  PruningPlan plan = plan_pruning(masked, channel_structure(masked), analysis);
  Compacted compacted = compact(masked, plan, exact);
  Explanation explanation = explain(masked, analysis, plan, compacted.graph);
  return {std::move(masked), std::move(plan), std::move(explanation), std::move(compacted)};
}

/// Sums are judged by the widths that the compact network has, and again once some are gathered,
/// so that converting the result changes nothing.
Conversion pruned_with_gathered_sums(const Graph& network, const ExactConstants& exact) {
  std::vector<UnevenSum> gathered;
  while (true) {
    Conversion result = pruned(gather_operands(network, gathered), exact);
    const Compacted& compacted = result.compacted;
    std::vector<UnevenSum> found =
        uneven_sums(compacted.graph, analyse(compacted.graph, compacted.exact));
    const auto better = std::stable_partition(
        found.begin(), found.end(), [](const UnevenSum& sum) { return sum.is_better_gathered(); });
    if (better == found.begin()) {
      add_reasons(gathered, result.explanation.layers);
      add_reasons(found, result.explanation.layers);
      return result;
    }
    gathered.insert(gathered.end(), found.begin(), better);
  }
}

}  // namespace

Conversion convert(const Graph& network) {
  const Graph prepared = prepare(network);
  Simplified simplified = without_constant_branches(gather_moved_channels(prepared));
  Graph masked = gather_moved_channels(std::move(simplified.graph));
  drop_identity_gathers(masked);
  masked = expose_inputs(std::move(masked));
  const Analysis analysis = analyse(masked, simplified.exact);
  Ungrouped ungrouped = ungroup_where_cheaper(std::move(masked), analysis);
  Conversion result = pruned_with_gathered_sums(ungrouped.graph, simplified.exact);
  add_eliminated(prepared, simplified.eliminated, result.explanation.layers);
  describe_ungrouped(prepared, ungrouped.layers, result.explanation.layers);
  drop_identity_arithmetic(result.compacted.graph);
  drop_identity_gathers(result.compacted.graph);
  order_columns(result.compacted.graph, result.compacted.exact);
  fold_batch_norms(result.compacted.graph, result.compacted.exact);
  return result;
}

}  // namespace ockham::converters
