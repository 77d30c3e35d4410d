// What converting adds to a network's provenance.
#pragma once

#include "converters/pruning/explanation.h"
#include "runtime/format/model_file.h"

namespace ockham::converters {

/// Completes what training has said: the width of each layer before and after, and why; unless
/// known, the cost of the dense network ("dense.macs", "dense.params") and the file it came from
/// ("converted_from"). What an earlier conversion has said of a layer that this plan leaves alone
/// stays.
void add_history(const Explanation& explanation, const std::string& source, Provenance& provenance);

}  // namespace ockham::converters
