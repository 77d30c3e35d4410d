// Counts calls of operator new, which is the program's own in new_counter.cpp. What CUDA's driver
// asks of malloc is not counted.
#pragma once

namespace ockham::tests {

/// How often this thread has called operator new.
long new_calls();

}  // namespace ockham::tests
