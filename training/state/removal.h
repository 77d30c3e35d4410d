// Removing channels from a run while it prunes: from the network, the posterior, the optimizer.
#pragma once

#include "training/state/run_state.h"
#include "training/surgery/cuts.h"

namespace ockham::training {

/// What the method says of the present channels. It must be bound.
Relevances present_relevances(const RunState& state);
/// The same, or what was recorded last where that is more: what is below a cut here was so twice.
Relevances lasting_relevances(const RunState& state);

/// Takes down what the method says of the present channels. The method must be bound.
void record_posterior(RunState& state);

/// Removes the channels whose relevance is below `cut`, never a group's last, and notes when they
/// went. Returns whether there were any; the method must then be bound again.
bool remove_channels(RunState& state, const Relevances& relevances, double cut);

}  // namespace ockham::training
