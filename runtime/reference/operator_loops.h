// One set of naive loops per operator. `shapes` carry the actual batch on axis 0.
#pragma once

#include <span>

#include "runtime/graph/operators.h"

namespace ockham::reference {

/// What the loops read and write, row-major.
template <class T>
struct LoopArguments {
  std::span<const Shape> shapes;  ///< of the inputs
  std::span<const T* const> inputs;
  const Shape& output_shape;
  T* output;
};

template <class T>
void run_loops(const Conv2d& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Linear& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const BatchNorm& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Unary& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Binary& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Pool2d& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Flatten& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Gather& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Concat& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Reshape& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Softmax& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const SpatialGather& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Pad& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Transpose& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const DepthToSpace& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Resize& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Lrn& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const Reduce& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const ArgExtreme& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const TopK& op, const LoopArguments<T>& arguments);
template <class T>
void run_loops(const FakeQuantize& op, const LoopArguments<T>& arguments);

}  // namespace ockham::reference
