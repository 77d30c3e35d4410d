// How much a piece of code holds on the heap, as the address sanitizer sees it.
#pragma once

#include <cstddef>

namespace ockham::tests {

/// Counts from its construction on. One at a time, on the thread that runs the code.
class AllocationMeter {
 public:
  AllocationMeter();
  ~AllocationMeter();
  AllocationMeter(const AllocationMeter&) = delete;
  AllocationMeter& operator=(const AllocationMeter&) = delete;

  /// The most bytes that lay on the heap at once and had not before; 0 without the address
  /// sanitizer.
  std::size_t most() const;

  /// Ends the program, saying how much it was, where `most()` is above `allowed`.
  void expect_at_most(std::size_t allowed) const;
};

}  // namespace ockham::tests
