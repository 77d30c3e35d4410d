// Removing channels from a run while it prunes: from the network, the posterior, the optimizer.
#pragma once

#include <vector>

#include "training/state/run_state.h"

namespace ockham::training {

/// Takes down what the method says of the present channels. The method must be bound.
void record_posterior(RunState& state);

/// Removes the channels whose relevance is below `cut`, never a group's last, and notes when they
/// went. Returns whether there were any; the method must then be bound again.
bool remove_channels(RunState& state, double cut);

}  // namespace ockham::training
