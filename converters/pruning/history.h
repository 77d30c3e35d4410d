// What converting adds to a network's provenance.
#pragma once

#include "converters/pruning/pruning_plan.h"
#include "runtime/format/model_file.h"

namespace ockham::converters {

/// Completes what training has said: the width of each layer before and after, why, and, unless
/// known, the cost of the dense network ("dense.macs", "dense.params"). What an earlier conversion
/// has said of a layer that this plan leaves alone stays.
void add_history(const PruningPlan& plan, Provenance& provenance);

}  // namespace ockham::converters
