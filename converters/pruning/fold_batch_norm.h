// Batch norm that follows a convolution or linear layer becomes part of it.
#pragma once

#include <functional>

#include "converters/channels/exact_constants.h"
#include "runtime/graph/graph.h"

namespace ockham::converters {

/// Folds each batch norm whose input only it reads, and which a convolution or linear layer
/// computes (a transposed convolution too: pixels may have moved in between), or several whose
/// outputs are concatenated, into the weights and bias of the layer ("<layer>.bias", made when
/// there was none). Exact in real numbers: computed in double from the constants in `exact`, which
/// takes up the results. The node before it then computes the value that the batch norm did, under
/// its name; the batch norm and its constants are gone, and ids change. A batch norm behind
/// anything else stays, and so does one for which `may_fold` says no.
void fold_batch_norms(
    Graph& graph, ExactConstants& exact,
    const std::function<bool(const Node& layer, const Node& batch_norm)>& may_fold =
        [](const Node&, const Node&) { return true; });

}  // namespace ockham::converters
