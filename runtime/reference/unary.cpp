#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/reference/kernels.h"

namespace ockham::reference {
namespace {

template <class T>
T tanh_gelu(T x) {
  const T slope = std::sqrt(T{2} / std::numbers::pi_v<T>);
  return x / T{2} * (T{1} + std::tanh(slope * (x + T(0.044715) * x * x * x)));
}

template <class T>
T apply(const Unary& op, T x) {
  const T alpha{op.alpha}, beta{op.beta};
  switch (op.kind) {
    case UnaryKind::kRelu:
      return x > T{0} ? x : T{0};
    case UnaryKind::kLeakyRelu:
      return x < T{0} ? alpha * x : x;
    case UnaryKind::kClip:
      return std::min(std::max(x, alpha), beta);
    case UnaryKind::kSigmoid:
      return T{1} / (T{1} + std::exp(-x));
    case UnaryKind::kTanh:
      return std::tanh(x);
    case UnaryKind::kHardSigmoid:
      return std::clamp(alpha * x + beta, T{0}, T{1});
    case UnaryKind::kHardSwish:
      return x * std::clamp(x / T{6} + T(0.5), T{0}, T{1});
    case UnaryKind::kElu:
      return x < T{0} ? alpha * std::expm1(x) : x;
    case UnaryKind::kSoftplus:
      return std::max(x, T{0}) + std::log1p(std::exp(-std::abs(x)));
    case UnaryKind::kGelu:
      return x / T{2} * (T{1} + std::erf(x / std::numbers::sqrt2_v<T>));
    case UnaryKind::kTanhGelu:
      return tanh_gelu(x);
    case UnaryKind::kExp:
      return std::exp(x);
    case UnaryKind::kSqrt:
      return std::sqrt(x);
    case UnaryKind::kErf:
      return std::erf(x);
  }
  return x;
}

}  // namespace

template <class T>
void run_kernel(const Unary& op, const KernelArguments<T>& a) {
  const std::int64_t count = a.output_shape.elements();
  for (std::int64_t i = 0; i < count; ++i) a.output[i] = apply(op, a.inputs[0][i]);
}

template void run_kernel(const Unary&, const KernelArguments<float>&);
template void run_kernel(const Unary&, const KernelArguments<double>&);

}  // namespace ockham::reference
