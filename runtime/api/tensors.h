// The tensors that a caller passes for the inputs or outputs of a model, checked one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ockham/ockham.h"
#include "runtime/api/growing_struct.h"
#include "runtime/session/session.h"

namespace ockham::capi {

/// The caller's tensors for the graph's inputs or outputs.
struct Tensors {
  const char* kind;  ///< "input" or "output"
  const ockham_tensor* first;
  std::size_t count;
  const std::vector<ValueId>& values;
  const ArrayFormats& formats;
  Device device;  ///< on which the session runs

  const ockham_tensor& operator[](std::size_t index) const { return element(first, index); }
};

/// Each throws Error(kInvalidArgument), naming the tensor, what it has and what was expected.

/// As many tensors as the model has, of a size that can be theirs.
void check_count(const Tensors& tensors);
/// The batch that the first input asks for. Behind `check_count`.
std::int64_t checked_batch(const Tensors& inputs, std::int64_t max_batch);
/// Data, type, place and shape of each. Behind `check_count`.
void check_tensors(const Tensors& tensors, const Graph& graph, std::int64_t batch);
/// All data on OCKHAM_CUDA. Behind `check_tensors`.
void expect_on_cuda(const Tensors& tensors, const Graph& graph);

}  // namespace ockham::capi
