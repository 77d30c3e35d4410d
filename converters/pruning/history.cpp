#include "converters/pruning/history.h"

#include <algorithm>

namespace ockham::converters {
namespace {

LayerHistory& history_of(const LayerPlan& layer, std::vector<LayerHistory>& layers) {
  const auto known = std::ranges::find(layers, layer.name, &LayerHistory::layer);
  if (known != layers.end()) return *known;
  return layers.emplace_back(LayerHistory{.layer = layer.name});
}

void add_layer(const LayerPlan& layer, LayerHistory& history) {
  const bool cut = layer.width_after < layer.width_before;
  if (history.dense_width == 0) history.dense_width = layer.width_before;
  if (cut || history.reason.empty()) history.reason = layer.reason;
  history.width = layer.width_after;
}

void set_if_unknown(Provenance& provenance, const std::string& key, std::int64_t number) {
  if (provenance.get(key).empty()) provenance.set(key, std::to_string(number));
}

}  // namespace

void add_history(const PruningPlan& plan, Provenance& provenance) {
  std::int64_t macs = 0, params = 0;
  for (const LayerPlan& layer : plan.layers) {
    add_layer(layer, history_of(layer, provenance.layers));
    macs += layer.macs_before;
    params += layer.params_before;
  }
  set_if_unknown(provenance, "dense.macs", macs);
  set_if_unknown(provenance, "dense.params", params);
}

}  // namespace ockham::converters
