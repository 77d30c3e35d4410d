#include <cmath>

#include "runtime/graph/extrema.h"
#include "runtime/reference/operator_loops.h"

namespace ockham::reference {
namespace {

template <class T>
T apply(BinaryKind kind, T left, T right) {
  switch (kind) {
    case BinaryKind::kAdd:
      return left + right;
    case BinaryKind::kSub:
      return left - right;
    case BinaryKind::kMul:
      return left * right;
    case BinaryKind::kDiv:
      return left / right;
    case BinaryKind::kMax:
      return maximum(left, right);
    case BinaryKind::kMin:
      return minimum(left, right);
    case BinaryKind::kPow:
      return std::pow(left, right);
    case BinaryKind::kPRelu:
      return left < T{0} ? left * right : left;
    case BinaryKind::kFmod:
      return std::fmod(left, right);
  }
  return left;
}

/// Which element of an input meets element `i` of the output: axes are counted from the last, one
/// of extent 1 is repeated, and a constant has no batch axis.
std::int64_t partner(const Shape& input, const Shape& output, std::int64_t i) {
  std::int64_t at = 0, stride = 1;
  int axis = output.rank() - 1;
  for (int own = input.rank() - 1; own >= 0; --own, --axis) {
    if (input[own] != 1) at += i % output[axis] * stride;
    i /= output[axis];
    stride *= input[own];
  }
  return at;
}

}  // namespace

template <class T>
void run_loops(const Binary& op, const LoopArguments<T>& a) {
  const std::int64_t count = a.output_shape.elements();
  for (std::int64_t i = 0; i < count; ++i) {
    const T left = a.inputs[0][partner(a.shapes[0], a.output_shape, i)];
    const T right = a.inputs[1][partner(a.shapes[1], a.output_shape, i)];
    a.output[i] = apply(op.kind, left, right);
  }
}

template void run_loops(const Binary&, const LoopArguments<float>&);
template void run_loops(const Binary&, const LoopArguments<double>&);

}  // namespace ockham::reference
