// A report made by hand, whose figures the tests know.
#pragma once

#include "bench/report/report.h"

namespace ockham::tests {

/// Dense: conv1 1000 MACs 10 us, pool1 4 us, fc1 3000 MACs 6 us; 21 us a run.
/// Pruned: conv1 100 MACs 5 us, pool1 1 us, fc1 100 MACs 0.5 us; 7 us a run.
bench::Report sample_report();

}  // namespace ockham::tests
