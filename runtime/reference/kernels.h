// One naive kernel per operator. `shapes` carry the actual batch on axis 0.
#pragma once

#include <span>

#include "runtime/graph/operators.h"

namespace ockham::reference {

/// What a kernel reads and writes, row-major.
template <class T>
struct KernelArguments {
  std::span<const Shape> shapes;  ///< of the inputs
  std::span<const T* const> inputs;
  const Shape& output_shape;
  T* output;
};

template <class T>
void run_kernel(const Conv2d& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Linear& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const BatchNorm& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Unary& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Binary& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Pool2d& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Flatten& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Gather& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Concat& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Reshape& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Softmax& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const SpatialGather& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Pad& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Transpose& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const DepthToSpace& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Resize& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Lrn& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const Reduce& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const ArgExtreme& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const TopK& op, const KernelArguments<T>& arguments);
template <class T>
void run_kernel(const FakeQuantize& op, const KernelArguments<T>& arguments);

}  // namespace ockham::reference
