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

void set_if_unknown(Provenance& provenance, const std::string& key, const std::string& text) {
  if (provenance.get(key).empty()) provenance.set(key, text);
}

}  // namespace

void add_history(const Explanation& explanation, const std::string& source,
                 Provenance& provenance) {
  std::int64_t macs = 0, params = 0;
  for (const LayerPlan& layer : explanation.layers) {
    add_layer(layer, history_of(layer, provenance.layers));
    macs += layer.macs_before;
    params += layer.params_before;
  }
  set_if_unknown(provenance, "dense.macs", std::to_string(macs));
  set_if_unknown(provenance, "dense.params", std::to_string(params));
  set_if_unknown(provenance, "converted_from", source);
}

}  // namespace ockham::converters
