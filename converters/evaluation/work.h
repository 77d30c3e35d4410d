// How much there is to compute, for those who wait.
#pragma once

#include <cstdint>
#include <functional>

#include "converters/evaluation/evaluate.h"

namespace ockham::converters {

/// Told how much has been done since it was last told: multiply-accumulates, and elements that were
/// computed.
using WorkDone = std::function<void(std::int64_t amount)>;

/// What one run of the network for `batch` images takes.
std::int64_t work_of_run(const Graph& graph, std::int64_t batch);

/// Tells `work`, if there is anybody to tell, what each node of a run took.
template <class T>
NodeComputed<T> told(const Graph& graph, std::int64_t batch, const WorkDone& work);

}  // namespace ockham::converters
